// The client's way through the call document: check, wait, talk, end.
import { Api, ApiError, type ClientState, type Join, type Probe } from "./api";
import { DeviceCheck } from "./checks";
import { type ClientConfig, readConfig, translator } from "./config";
import { Devices } from "./devices";
import { announce, byId, focusHeading, pause, setText } from "./dom";
import { type DeviceError, isDeviceError, unfit } from "./errors";
import { isFinal, loadRoom } from "./link";
import { lifecycle } from "./log";
import { type Event, FINAL, IN_TALK, type Phase, type Step } from "./machine";
import { Poll } from "./poll";
import { silent } from "./room-types";
import { Side } from "./side";
import { knock } from "./sound";
import { exposeForTests } from "./testing";
import { Trouble } from "./trouble";
import { Panels } from "./ui";
import { WaitingRoom } from "./waiting";
import { ScreenLock } from "./wake";

const TALK_POLL_SECONDS = 10;
/** The room tells of an admission within a moment; only after that its message counts as lost. */
const MESSAGE_MS = 1500;

/** Why a way into the room is closed, though there is a talk; all others end the page. */
const DOORS: Record<string, Event> = {
	taken_over: "elsewhere",
	removed: "removed",
};
/** What the application's answer means here; all others end the page. */
const SAYS: Record<string, Event> = {
	...DOORS,
	waiting: "says_waiting",
	left: "says_left",
	admitted: "says_admitted",
};
const NOT_IN: ReadonlySet<Phase> = new Set<Phase>([
	"waiting",
	"asking",
	"early",
	"elsewhere",
	"removed",
]);

export class Client {
	readonly #config = readConfig<ClientConfig>("client");
	readonly #t = translator(this.#config.texts);
	readonly #api = new Api(this.#config.csrf);
	readonly #devices = new Devices(this.#config);
	readonly #screen = new ScreenLock();
	readonly #poll = new Poll(() => this.#ask());
	readonly #side: Side;
	readonly #panels: Panels;
	readonly #trouble: Trouble;
	readonly #check: DeviceCheck;
	readonly #waiting: WaitingRoom;
	#next = this.#config.urls.end;
	/** The application's latest words about where this page stands. */
	#said: ClientState | null = null;

	constructor(early: boolean) {
		const t = this.#t;
		const config = this.#config;
		const devices = this.#devices;
		const name = config.counterpart.name;
		this.#panels = new Panels(early);
		this.#trouble = new Trouble(this.#panels, t, config.urls.link);
		this.#side = new Side(
			{ config, t, api: this.#api, devices },
			{
				start: "checking",
				onStep: (step) => this.#onStep(step),
				askSoon: () => this.#poll.soon(),
				peerBelongs: () => true,
				showsTalk: () => !byId("talk").hidden,
				join: () => this.#api.post<Join>(config.urls.arrive),
				listener: {
					onPutOut: () => this.#side.send("put_out"),
					onGone: (reason, error) => this.#gone(reason, error?.body.next),
				},
				onTrouble: ({ kind, reason }) => announce(t(`${kind}_${reason}_title`)),
				absent: t("connecting", { name }),
			},
		);
		this.#waiting = new WaitingRoom({
			t,
			devices,
			panels: this.#panels,
			onTrouble: (trouble) => this.#deviceTrouble(trouble),
		});
		this.#check = new DeviceCheck({
			t,
			devices,
			api: this.#api,
			config,
			panels: this.#panels,
			trouble: this.#trouble,
		});
		this.#wireTalk();
		exposeForTests(config.debug, this.#side.link);
	}

	async run(): Promise<void> {
		const reason = unfit(this.#config.browser);
		if (reason) {
			this.#trouble.unfit(reason);
			return this.#side.send("unfit");
		}
		void loadRoom();
		await this.#check.run();
		this.#side.send("checked");
	}

	/** What each phase shows and sets going. */
	#onStep({ from, to, event }: Step): void {
		if (NOT_IN.has(to)) this.#showTalk(false);
		this.#waiting.setConnected(to === "waiting" || to === "asking");
		switch (to) {
			case "joining":
				void this.#join();
				break;
			case "blocked":
				void this.#blocked();
				break;
			case "early":
			case "waiting":
			case "asking":
				this.#wait();
				break;
			case "lost":
				// The line itself is well: a new one is opened. A dead one comes back by itself.
				if (event !== "line_lost") void this.#side.link.reopen();
				break;
			case "talking":
				this.#beginTalk();
				if (IN_TALK.has(from) && this.#side.peerHere) {
					announce(this.#t("back_again"));
				}
				break;
			case "away":
			case "alone":
				this.#poll.soon();
				break;
			case "unsure":
				this.#poll.start();
				break;
			case "elsewhere":
			case "removed":
				void this.#door(to);
				break;
			case "over":
				void this.#finish();
		}
	}

	/** The real connection: to the waiting room, or a trial while it is not open yet. */
	async #join(): Promise<void> {
		this.#panels.show({ panel: "connection", go: null, part: "connection" });
		this.#panels.busy();
		try {
			await this.#side.link.open();
			this.#check.report("connection", "ok");
		} catch (error) {
			this.#joinFailed(error);
		}
	}

	#joinFailed(error: unknown): void {
		if (error instanceof ApiError && error.reason === "not_open") {
			void this.#tryLine();
		} else if (isFinal(error)) {
			this.#gone(error.reason, error.body.next);
		} else {
			const reason = error instanceof Error ? error.message : "unknown";
			this.#check.report("connection", "failed", reason);
			this.#side.send("unreachable");
		}
	}

	async #blocked(): Promise<void> {
		await this.#trouble.connection();
		this.#side.send("again");
	}

	async #tryLine(): Promise<void> {
		try {
			const [probe, { MediaRoom }] = await Promise.all([
				this.#api.post<Probe>(this.#config.urls.probe),
				loadRoom(),
			]);
			const room = new MediaRoom({
				listener: silent,
				video: document.createElement("video"),
				saver: this.#config.saver,
				rung: "sound",
				log: lifecycle,
			});
			await room.connect(probe);
			await room.leave();
		} catch (error) {
			return this.#joinFailed(error);
		}
		this.#check.report("connection", "ok");
		this.#side.send("not_open");
	}

	#wait(): void {
		this.#screen.hold();
		this.#waiting.enter();
		this.#poll.start();
		void this.#side.quality.expect();
	}

	async #ask(): Promise<number> {
		const state = await this.#api.get<ClientState>(this.#config.urls.state);
		const before = this.#side.phase;
		if (FINAL.has(before)) return 0;
		if (!IN_TALK.has(before)) this.#waiting.tell(state);
		await this.#heed(state);
		const now = this.#side.phase;
		if (FINAL.has(now)) return 0;
		return IN_TALK.has(now) ? TALK_POLL_SECONDS : state.askAgain;
	}

	/** What the answer means for where this page stands. */
	async #heed(state: ClientState): Promise<void> {
		this.#said = state;
		const event = SAYS[state.state];
		const told =
			this.#side.phase === "waiting" || this.#side.phase === "asking";
		if (event === "says_admitted" && told) {
			await pause(MESSAGE_MS);
		}
		if (event) return this.#side.send(event);
		const stays = state.state === "asking" || state.state === "not_open";
		// It was open: the appointment was moved, and its own page says when it is.
		const moved = state.state === "not_open" && this.#side.phase !== "early";
		if (!stays || moved) this.#gone(state.state, state.next);
	}

	#showTalk(shown: boolean): void {
		byId("before").hidden = shown;
		byId("talk").hidden = !shown;
		if (!shown) this.#side.stop();
	}

	#beginTalk(): void {
		if (!byId("talk").hidden) return;
		this.#showTalk(true);
		knock();
		navigator.vibrate?.(200);
		this.#screen.hold();
		this.#side.talk.start();
		this.#side.controls.draw();
		focusHeading(byId("talk"));
		announce(this.#t("admitted", { name: this.#config.counterpart.name }));
		this.#poll.start();
		this.#side.later.begin();
	}

	/** Over, moved elsewhere, or closed: says so, never leaves anybody before nothing. */
	#gone(reason: string, next: unknown): void {
		lifecycle("gone", { reason });
		if (typeof next === "string") this.#next = next;
		this.#side.send(DOORS[reason] ?? "gone");
	}

	/** Another device has the talk, or the office closed the door. */
	async #door(which: "elsewhere" | "removed"): Promise<void> {
		this.#poll.stop();
		this.#screen.release();
		void this.#side.link.close();
		this.#devices.stop();
		const said = this.#said;
		const known = said && SAYS[said.state] === which;
		const title = known ? said.headline : this.#t(`${which}_title`);
		setText(byId("door-title"), title);
		setText(byId("door-text"), known ? said.text : this.#t(`${which}_text`));
		const go = which === "elsewhere" ? this.#t("go_here") : null;
		await this.#panels.ask({ panel: "door", go });
		location.reload();
	}

	async #deviceTrouble(trouble: DeviceError): Promise<void> {
		const answer = await this.#trouble.device(trouble);
		if (answer === "retry") {
			try {
				await this.#devices.open(trouble.kind);
				this.#devices.wanted[trouble.kind] = true;
			} catch (again) {
				if (isDeviceError(again)) return this.#deviceTrouble(again);
			}
		}
		this.#waiting.enter();
	}

	#wireTalk(): void {
		const { sheets } = this.#side;
		const sheet = (button: string, id: string) => {
			const opener = byId(button);
			opener.addEventListener("click", () => sheets.toggle(id, opener));
		};
		sheet("btn-more", "sheet-more");
		sheet("btn-leave", "sheet-leave");
		byId("btn-switch").addEventListener("click", () => sheets.close());
		const { leave, telephone } = this.#config.urls;
		byId("leave-yes").addEventListener("click", () => void this.#leave(leave));
		for (const id of ["away-telephone", "more-telephone"]) {
			byId(id).addEventListener("click", () => void this.#telephone(telephone));
		}
	}

	async #leave(address: string): Promise<void> {
		this.#poll.stop();
		const left = this.#api.post<{ next: string }>(address);
		// The line may be what made somebody leave: do not wait for it for ever.
		const answer = await Promise.race([left, pause(3000)]).catch(
			() => undefined,
		);
		this.#next = answer?.next ?? this.#next;
		this.#side.send("hung_up");
	}

	/** Without any line the office cannot be told: then only the call itself helps. */
	async #telephone(address: string): Promise<void> {
		try {
			const { next } = await this.#api.post<{ next: string }>(address);
			this.#next = next;
			this.#side.send("hung_up");
		} catch (error) {
			const text = error instanceof ApiError && error.body.text;
			this.#side.away.say(
				typeof text === "string" ? text : this.#t("telephone_failed"),
			);
		}
	}

	async #finish(): Promise<void> {
		this.#poll.stop();
		this.#side.stop();
		this.#screen.release();
		await Promise.race([this.#side.link.close(), pause(1000)]);
		this.#devices.stop();
		location.assign(this.#next);
	}
}

export const start = (early: boolean): Promise<void> => new Client(early).run();
