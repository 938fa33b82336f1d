// The counsellor's side: in at once, with or without devices; admits, talks, ends.
import { Api, type ApiError, type CounsellorState, type Join } from "./api";
import { type CounsellorConfig, readConfig, translator } from "./config";
import { DeskDevices } from "./desk-devices";
import { Devices } from "./devices";
import { announce, byId, fillSteps, pause, setText } from "./dom";
import {
	type DeviceError,
	type DeviceKind,
	isDeviceError,
	unfit,
} from "./errors";
import { isFinal, loadRoom } from "./link";
import { lifecycle } from "./log";
import { FINAL, type Phase, type Step } from "./machine";
import { Poll } from "./poll";
import { Side } from "./side";
import { knock } from "./sound";
import { TabletDesk } from "./tablet-desk";
import { exposeForTests } from "./testing";

const SOON = 0.5;
const WAITING_POLL = 2;
const TALK_POLL = 10;

type ClientPlace = CounsellorState["client"];
const IN_TALK: ReadonlySet<ClientPlace> = new Set<ClientPlace>([
	"admitted",
	"out",
]);

/** Where the counsellor is with the client at once, here or on the tablet. */
const ADMITS: ReadonlySet<Phase> = new Set<Phase>(["talking", "handed"]);

class Counsellor {
	readonly #config = readConfig<CounsellorConfig>("counsellor");
	readonly #t = translator(this.#config.texts);
	readonly #api = new Api(this.#config.csrf);
	readonly #devices = new Devices(this.#config);
	readonly #poll = new Poll(() => this.#ask());
	readonly #side: Side;
	readonly #tablet: TabletDesk;
	readonly #known = new DeskDevices(this.#t);
	#client: ClientPlace = "absent";
	#autoAdmit = this.#config.autoAdmit;
	#noted: DeviceKind | null = null;
	#next: string | null = null;
	/** In the media room, once and for all. */
	#inside = false;
	/** Rises with what is done here: an answer that was asked for before it is of no use. */
	#deeds = 0;
	#said: string | null = null;

	constructor() {
		const t = this.#t;
		const config = this.#config;
		this.#side = new Side(
			{ config, t, api: this.#api, devices: this.#devices },
			{
				start: "joining",
				onStep: (step) => this.#onStep(step),
				askSoon: () => this.#poll.soon(),
				peerBelongs: () => IN_TALK.has(this.#client),
				showsTalk: () => this.#inside,
				join: () => this.#api.post<Join>(config.urls.join),
				listener: {
					onPutOut: () => this.#side.send("put_out"),
					onGone: (_, error) => this.#shut(error),
				},
				onTrouble: (trouble) => this.#noteDevice(trouble),
				absent: t("client_absent", { name: config.counterpart.name }),
			},
		);
		this.#tablet = new TabletDesk({
			config,
			t,
			api: this.#api,
			sheets: this.#side.sheets,
			changed: () => this.#poll.soon(),
		});
		this.#wire();
		exposeForTests(config.debug, this.#side.link);
	}

	async run(): Promise<void> {
		// Asked for once: a reload or the back button must not let in whoever waits by then.
		history.replaceState(history.state, "", location.pathname);
		const reason = unfit(this.#config.browser);
		if (reason) {
			this.#side.send("unfit");
			return this.#note(this.#t(`${reason}_text`));
		}
		void loadRoom();
		await Promise.all([this.#openDevices(), this.#join()]);
	}

	#onStep({ from, to, event }: Step): void {
		switch (to) {
			case "blocked":
				this.#note(this.#t("unreachable_text"));
				void this.#side.link.reopen();
				break;
			case "lost":
				// After an ejection, or a media server that forgot the room, the talk has another one.
				if (event !== "line_lost") void this.#side.link.reopen();
				break;
			case "talking":
				if (from === "joining" || from === "blocked") void this.#arrived();
				else if (this.#side.peerHere) announce(this.#t("back_again"));
				break;
			case "unsure":
				this.#poll.start();
				break;
			case "handed":
				void this.#rest();
				break;
			case "over":
				void this.#finish();
				break;
		}
	}

	/** The tablet has picture and sound. Facts, admission and hanging up stay here. */
	async #rest(): Promise<void> {
		byId("device-note").hidden = true;
		this.#devices.stop();
		this.#clientIs(this.#client);
		this.#poll.start();
		await this.#side.rest();
	}

	async #comeBack(): Promise<void> {
		this.#side.send("again");
		this.#side.link.wake();
		await this.#openDevices();
		await this.#join();
	}

	/** One after the other: two questions of a browser at once are one too many. */
	async #openDevices(): Promise<void> {
		await this.#openDevice("microphone");
		await this.#openDevice("camera");
		if (this.#side.phase === "handed") return this.#devices.stop();
		this.#side.controls.draw();
		this.#side.talk.showOwn();
		await this.#publish();
	}

	async #openDevice(kind: DeviceKind): Promise<void> {
		const { wanted } = this.#devices;
		if (!wanted[kind]) return;
		if (await this.#known.lacks(kind)) return wanted.lack(kind);
		try {
			await this.#devices.open(kind);
			this.#known.came(kind);
		} catch (error) {
			wanted.lack(kind);
			if (isDeviceError(error)) this.#noteDevice(error);
		}
	}

	async #join(): Promise<void> {
		try {
			await this.#side.link.open();
		} catch (error) {
			if (isFinal(error)) this.#shut(error);
			else this.#side.send("unreachable");
		}
	}

	async #arrived(): Promise<void> {
		this.#inside = true;
		this.#note(null);
		// Not before: an earlier call of this appointment may have ended, and joining opens a new one.
		this.#poll.start();
		this.#side.talk.start();
		this.#side.controls.draw();
		this.#side.later.begin();
		// Devices that were open before the line stood are sent by now; later ones here.
		await this.#publish();
		this.#side.talk.showOwn();
		await this.#admitIfAsked();
	}

	async #publish(): Promise<void> {
		await this.#side.link.publish().catch(() => lifecycle("publish-failed"));
	}

	async #ask(): Promise<number> {
		const deeds = this.#deeds;
		const state = await this.#state();
		if (deeds !== this.#deeds) return SOON;
		if (FINAL.has(this.#side.phase)) return 0;
		if (state === null || state.state === "ended") {
			this.#gone(state?.next);
			return 0;
		}
		this.#tablet.show(state.tablet);
		if (this.#tablet.holds) this.#side.send("handed");
		else if (this.#side.phase === "handed") void this.#comeBack();
		else this.#side.send("says_admitted");
		if (state.client !== this.#client) this.#clientIs(state.client);
		this.#tellNews(state.problem ?? state.overrun?.text ?? null);
		this.#showTakeover(state.takeover !== null);
		if (state.client !== "waiting") this.#autoAdmit = false;
		await this.#admitIfAsked();
		const calm = state.client === "admitted" && !this.#tablet.busy;
		return calm ? TALK_POLL : WAITING_POLL;
	}

	/** null: signed out, or no longer theirs. */
	async #state(): Promise<CounsellorState | null> {
		try {
			return await this.#api.get<CounsellorState>(this.#config.urls.state);
		} catch (error) {
			if (this.#side.phase === "unsure" && isFinal(error)) return null;
			throw error;
		}
	}

	#clientIs(client: ClientPlace): void {
		const { name } = this.#config.counterpart;
		lifecycle("client", { from: this.#client, to: client });
		this.#client = client;
		const here = this.#side.phase !== "handed" || client !== "admitted";
		const text = this.#t(here ? `client_${client}` : "handed_admitted", {
			name,
		});
		byId("inhalt").dataset.client = client;
		byId("door").hidden = client !== "waiting";
		byId("gone").hidden = client !== "left";
		byId("eject-yes").hidden = !(client === "waiting" || IN_TALK.has(client));
		this.#side.talk.setAbsent(text);
		announce(text);
		// Whoever hung up is not away: nothing is to be waited for.
		if (!IN_TALK.has(client)) {
			this.#side.send("peer_back");
			this.#side.sheets.settle("sheet-hear");
		}
		if (client !== "waiting") return;
		if (!this.#autoAdmit) knock();
		// Shown on this page: the waiting room may say so.
		void this.#api.post(this.#config.urls.seen).catch(() => undefined);
	}

	/** Undisturbed until it is decided: the talk goes on where it is. */
	#showTakeover(asked: boolean): void {
		const notice = byId("takeover");
		if (notice.hidden === !asked) return;
		notice.hidden = !asked;
		if (!asked) return;
		knock();
		announce(this.#t("takeover", { name: this.#config.counterpart.name }));
		void this.#api.post(this.#config.urls.seen).catch(() => undefined);
	}

	async #decideTakeover(address: string): Promise<void> {
		this.#deeds += 1;
		try {
			const answer = await this.#api.post<{ problem?: string | null }>(address);
			this.#note(answer.problem ?? null);
			this.#showTakeover(false);
			byId("btn-microphone").focus();
		} catch {
			this.#note(this.#t("admit_failed"));
		}
		this.#poll.soon();
	}

	async #admitIfAsked(): Promise<void> {
		if (!this.#autoAdmit || !ADMITS.has(this.#side.phase)) return;
		if (this.#client !== "waiting") return;
		this.#autoAdmit = false;
		await this.#admit();
	}

	async #admit(): Promise<void> {
		const button = byId<HTMLButtonElement>("btn-admit");
		button.disabled = true;
		this.#deeds += 1;
		try {
			const answer = await this.#api.post<{ problem?: string | null }>(
				this.#config.urls.admit,
			);
			this.#note(answer.problem ?? null);
			const hadFocus = button === document.activeElement;
			this.#clientIs("admitted");
			if (hadFocus) byId("btn-microphone").focus();
		} catch {
			this.#note(this.#t("admit_failed"));
		} finally {
			button.disabled = false;
		}
	}

	/** Somebody else sits there. They stay out of this talk; the appointment stays. */
	async #eject(): Promise<void> {
		this.#side.sheets.close();
		this.#deeds += 1;
		try {
			const answer = await this.#api.post<{ problem?: string | null }>(
				this.#config.urls.eject,
			);
			this.#note(answer.problem ?? null);
			this.#clientIs("removed");
		} catch {
			this.#note(this.#t("admit_failed"));
		}
	}

	#wire(): void {
		const { sheets } = this.#side;
		const { end, leave, telephone, change_device, refuse_device } =
			this.#config.urls;
		const onTap = (id: string, action: () => Promise<void>) =>
			byId(id).addEventListener("click", () => void action());
		const sheet = (button: string, id: string) => {
			const opener = byId(button);
			opener.addEventListener("click", () => sheets.toggle(id, opener));
		};
		sheet("btn-leave", "sheet-leave");
		onTap("btn-admit", () => this.#admit());
		onTap("end-yes", () => this.#hangUp(end));
		onTap("gone-end", () => this.#hangUp(end));
		onTap("leave-yes", () => this.#hangUp(leave));
		onTap("eject-yes", () => this.#eject());
		onTap("takeover-yes", () => this.#decideTakeover(change_device));
		onTap("takeover-no", () => this.#decideTakeover(refuse_device));
		onTap("away-telephone", () => this.#telephone(telephone));
		onTap("leave-telephone", () => this.#telephone(telephone));
		onTap("device-again", () => {
			byId("device-note").hidden = true;
			this.#devices.wanted[this.#noted ?? "microphone"] = true;
			this.#noted = null;
			return this.#openDevices();
		});
	}

	/** Not being heard weighs more than not being seen: the camera's note does not take the microphone's place. */
	#noteDevice(trouble: DeviceError): void {
		const { kind, reason } = trouble;
		this.#known.refused(trouble);
		const unheard = this.#noted === "microphone" && !this.#devices.microphone;
		if (kind === "camera" && unheard) return;
		this.#noted = kind;
		byId("device-unheard").hidden = kind !== "microphone";
		const title = this.#t(`${kind}_${reason}_title`);
		setText(byId("device-title"), title);
		setText(byId("device-text"), this.#t(`${reason}_text`));
		fillSteps(byId("device-steps"), this.#t(`${reason}_steps`));
		byId("device-note").hidden = false;
		announce(title);
	}

	#note(text: string | null): void {
		byId("problem").hidden = text === null;
		setText(byId("problem-text"), text ?? "");
	}

	/** What the application says by itself leaves what came of a tap where it is. */
	#tellNews(news: string | null): void {
		if (news === this.#said) return;
		this.#said = news;
		this.#note(news);
	}

	/** The mode is switched; the appointment's page says whom to call. */
	async #telephone(address: string): Promise<void> {
		try {
			const { next } = await this.#api.post<{ next: string }>(address);
			this.#next = next;
			this.#side.send("hung_up");
		} catch {
			this.#side.away.say(this.#t("telephone_failed"));
		}
	}

	async #hangUp(address: string): Promise<void> {
		this.#poll.stop();
		const said = this.#api.post<{ next: string }>(address);
		const answer = await Promise.race([said, pause(5000)]).catch(
			() => undefined,
		);
		this.#next = answer?.next ?? null;
		this.#side.send("hung_up");
	}

	/** The application does not let this page in; because the tablet is there, or for good. */
	#shut(error?: ApiError): void {
		if (error?.reason === "other_device") this.#side.send("handed");
		else this.#gone(error?.body.next);
	}

	#gone(next: unknown): void {
		if (typeof next === "string") this.#next = next;
		this.#side.send("gone");
	}

	async #finish(): Promise<void> {
		this.#poll.stop();
		this.#side.stop();
		await Promise.race([this.#side.link.close(), pause(1000)]);
		this.#devices.stop();
		location.assign(this.#next ?? byId<HTMLAnchorElement>("back").href);
	}
}

export const start = (): Promise<void> => new Counsellor().run();
