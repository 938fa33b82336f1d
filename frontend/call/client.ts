// The client's way through the call document: check, wait, talk, end.
import { Api, ApiError, type ClientState, type Join, type Probe } from "./api";
import { DeviceCheck } from "./checks";
import { type ClientConfig, readConfig, translator } from "./config";
import { Controls } from "./controls";
import { Devices } from "./devices";
import { announce, byId, focusHeading, pause, setText } from "./dom";
import { DeviceError, unfit } from "./errors";
import { Later } from "./later";
import { isFinal, Link, loadRoom } from "./link";
import { lifecycle } from "./log";
import { Poll } from "./poll";
import type { RoomListener } from "./room-types";
import { AwaySheet, Sheets } from "./sheets";
import { knock } from "./sound";
import { Talk } from "./talk";
import { exposeForTests } from "./testing";
import { Trouble } from "./trouble";
import { Panels } from "./ui";
import { WaitingRoom } from "./waiting";
import { ScreenLock } from "./wake";

const TALK_POLL_SECONDS = 10;

export class Client {
	readonly #config = readConfig<ClientConfig>("client");
	readonly #t = translator(this.#config.texts);
	readonly #api = new Api(this.#config.csrf);
	readonly #devices = new Devices(this.#config.browser, this.#config.saver);
	readonly #sheets = new Sheets();
	readonly #screen = new ScreenLock();
	readonly #link: Link;
	readonly #panels: Panels;
	readonly #trouble: Trouble;
	readonly #check: DeviceCheck;
	readonly #waiting: WaitingRoom;
	readonly #talk: Talk;
	readonly #controls: Controls;
	readonly #away: AwaySheet;
	readonly #later: Later;
	readonly #poll = new Poll(() => this.#ask());
	#talking = false;
	#arrived = false;
	#putOut = false;
	#leaving = false;

	constructor(early: boolean) {
		const t = this.#t;
		const config = this.#config;
		this.#panels = new Panels(early);
		this.#trouble = new Trouble(this.#panels, t, config.urls.link);
		this.#link = new Link({
			join: () => this.#api.post<Join>(config.urls.arrive),
			video: byId<HTMLVideoElement>("other"),
			saver: config.saver,
			media: () => this.#devices.forSending(),
			listener: {
				onPeer: (peer) => {
					this.#talk.onPeer(peer);
					this.#later.meet();
				},
				onData: (data) => this.#later.onData(data),
				onOwnSpeaking: (speaking) => this.#talk.onOwnSpeaking(speaking),
				onSoundBlocked: (blocked) => this.#talk.onSoundBlocked(blocked),
				onAdmitted: (admitted) => this.#setTalking(admitted),
				onAway: () => this.#setAway(true),
				onBack: () => this.#setAway(false),
				onPutOut: () => this.#askWhy(),
				onGone: (reason, error) => void this.#gone(reason, error),
			},
		});
		const parts = { t, devices: this.#devices, link: this.#link };
		const name = config.counterpart.name;
		this.#talk = new Talk({
			...parts,
			name,
			absent: t("connecting", { name }),
		});
		this.#controls = new Controls({
			...parts,
			talk: this.#talk,
			onTrouble: (trouble) =>
				announce(t(`${trouble.kind}_${trouble.reason}_title`)),
		});
		this.#waiting = new WaitingRoom({
			...parts,
			panels: this.#panels,
			onTrouble: (trouble) => this.#deviceTrouble(trouble),
		});
		this.#check = new DeviceCheck({
			...parts,
			api: this.#api,
			config,
			panels: this.#panels,
			trouble: this.#trouble,
		});
		this.#away = new AwaySheet(this.#sheets, {
			title: t("away_title"),
			offer: t("away_offer"),
			seconds: (count) => t("away_seconds", { count }),
		});
		this.#later = new Later({
			...parts,
			name,
			sheets: this.#sheets,
			log: lifecycle,
		});
		this.#wireTalk();
		exposeForTests(config.debug, this.#link);
	}

	async run(): Promise<void> {
		const reason = unfit(this.#config.browser);
		if (reason) return this.#trouble.unfit(reason);
		void loadRoom();
		await this.#check.run();
		await this.#enter();
	}

	/** The real connection: to the waiting room, or a trial while it is not open yet. */
	async #enter(): Promise<void> {
		this.#panels.show({ panel: "connection", go: null, part: "connection" });
		for (;;) {
			try {
				await this.#arrive();
				break;
			} catch (error) {
				if (isFinal(error)) return this.#gone(error.reason, error);
				const reason = error instanceof Error ? error.message : "unknown";
				void this.#check.report("connection", "failed", reason);
				await this.#trouble.connection();
				this.#panels.busy();
			}
		}
		await this.#check.report("connection", "ok");
		this.#wait();
	}

	async #arrive(): Promise<void> {
		try {
			await this.#link.open();
			this.#arrived = true;
		} catch (error) {
			if (!(error instanceof ApiError) || error.reason !== "not_open")
				throw error;
			await this.#tryLine();
		}
	}

	async #tryLine(): Promise<void> {
		const [probe, { MediaRoom }] = await Promise.all([
			this.#api.post<Probe>(this.#config.urls.probe),
			loadRoom(),
		]);
		const room = new MediaRoom({
			listener: silent,
			video: document.createElement("video"),
			saver: this.#config.saver,
			log: lifecycle,
		});
		await room.connect(probe);
		await room.leave();
	}

	#wait(): void {
		if (this.#talking) return;
		lifecycle("waiting", { open: this.#arrived });
		this.#screen.hold();
		this.#waiting.setConnected(true);
		this.#waiting.enter();
		this.#poll.start();
	}

	async #ask(): Promise<number> {
		const state = await this.#api.get<ClientState>(this.#config.urls.state);
		if (this.#leaving) return 0;
		switch (state.state) {
			case "not_open":
				// It was open: the appointment was moved, and its own page says when it is.
				if (this.#arrived) return this.#over(state);
				this.#waiting.tell(state);
				return state.askAgain;
			case "waiting":
			case "left":
				this.#waiting.tell(state);
				if (!this.#arrived) await this.#opened();
				else if (this.#putOut || state.state === "left") this.#comeAgain();
				return state.askAgain;
			case "admitted":
				// The server says yes and the room does not: the message got lost.
				if (!this.#link.admitted) this.#comeAgain();
				return TALK_POLL_SECONDS;
			default:
				return this.#over(state);
		}
	}

	async #over(state: ClientState): Promise<number> {
		await this.#gone(state.state, undefined, state.next);
		return 0;
	}

	/** Put out of the room: whether anything is over, the application says. */
	#askWhy(): void {
		if (this.#leaving) return;
		this.#putOut = true;
		this.#waiting.setConnected(false);
		this.#poll.start();
	}

	/** Nothing is over: the place was given up, or the room was made anew. */
	#comeAgain(): void {
		this.#putOut = false;
		void this.#link.reopen();
	}

	/** The waiting room opened while this page was open. */
	async #opened(): Promise<void> {
		await this.#arrive().catch(() => this.#link.reopen());
		this.#waiting.setConnected(true);
	}

	#setTalking(talking: boolean): void {
		if (talking === this.#talking) return;
		this.#talking = talking;
		byId("before").hidden = talking;
		byId("talk").hidden = !talking;
		if (talking) {
			this.#beginTalk();
		} else {
			this.#talk.stop();
			this.#wait();
		}
	}

	#beginTalk(): void {
		lifecycle("talk");
		knock();
		navigator.vibrate?.(200);
		this.#screen.hold();
		this.#talk.start();
		this.#controls.draw();
		focusHeading(byId("talk"));
		announce(this.#t("admitted", { name: this.#config.counterpart.name }));
		this.#poll.start();
		this.#later.begin();
	}

	#setAway(away: boolean): void {
		if (this.#leaving) return;
		this.#waiting.setConnected(!away);
		if (!this.#talking) return;
		if (away) this.#away.start();
		else {
			this.#away.stop();
			this.#controls.restore();
			this.#later.back();
			announce(this.#t("back_again"));
		}
		this.#poll.soon();
	}

	/** Over, moved elsewhere, or closed: says so, never leaves anybody before nothing. */
	async #gone(
		reason: string,
		error?: ApiError,
		next?: string | null,
	): Promise<void> {
		if (this.#leaving) return;
		const address = next ?? textOf(error?.body.next);
		lifecycle("gone", { reason });
		if (reason === "taken_over" || reason === "removed")
			return this.#door(reason);
		await this.#finish(address ?? this.#config.urls.end);
	}

	/** Another device has the talk, or the office closed the door. */
	async #door(reason: "taken_over" | "removed"): Promise<void> {
		this.#poll.stop();
		void this.#link.close();
		this.#devices.stop();
		this.#talking = false;
		byId("talk").hidden = true;
		byId("before").hidden = false;
		setText(byId("door-title"), this.#t(`${reason}_title`));
		setText(byId("door-text"), this.#t(`${reason}_text`));
		const go = reason === "taken_over" ? this.#t("go_here") : null;
		await this.#panels.ask({ panel: "door", go });
		location.reload();
	}

	async #deviceTrouble(trouble: DeviceError): Promise<void> {
		const answer = await this.#trouble.device(trouble);
		if (answer === "retry") {
			try {
				await (trouble.kind === "camera"
					? this.#devices.openCamera()
					: this.#devices.openMicrophone());
				this.#devices.wanted[trouble.kind] = true;
			} catch (again) {
				if (again instanceof DeviceError) return this.#deviceTrouble(again);
			}
		}
		this.#waiting.enter();
	}

	#wireTalk(): void {
		const sheet = (button: string, id: string) => {
			const opener = byId(button);
			opener.addEventListener("click", () => this.#sheets.toggle(id, opener));
		};
		sheet("btn-more", "sheet-more");
		sheet("btn-leave", "sheet-leave");
		sheet("btn-hear", "sheet-hear");
		byId("btn-switch").addEventListener("click", () => this.#sheets.close());
		byId("hear-again").addEventListener("click", () => {
			void this.#link.room?.startSound();
			this.#sheets.close();
		});
		byId("leave-yes").addEventListener("click", () => void this.#leave());
	}

	async #leave(): Promise<void> {
		this.#leaving = true;
		this.#poll.stop();
		const left = this.#api.post<{ next: string }>(this.#config.urls.leave);
		// The line may be what made somebody leave: do not wait for it for ever.
		const answer = await Promise.race([left, pause(3000)]).catch(
			() => undefined,
		);
		await this.#finish(answer?.next ?? this.#config.urls.end);
	}

	async #finish(address: string): Promise<void> {
		this.#leaving = true;
		this.#poll.stop();
		this.#talk.stop();
		this.#screen.release();
		await Promise.race([this.#link.close(), pause(1000)]);
		this.#devices.stop();
		location.assign(address);
	}
}

const silent: RoomListener = {
	onAdmitted: () => undefined,
	onPeer: () => undefined,
	onOwnSpeaking: () => undefined,
	onReconnecting: () => undefined,
	onReconnected: () => undefined,
	onSoundBlocked: () => undefined,
	onData: () => undefined,
	onClosed: () => undefined,
};

function textOf(value: unknown): string | null {
	return typeof value === "string" ? value : null;
}

export const start = (early: boolean): Promise<void> => new Client(early).run();
