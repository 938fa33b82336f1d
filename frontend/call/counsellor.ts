// The counsellor's side: in at once, with or without devices; admits, talks, ends.
import { Api, type CounsellorState, type Join } from "./api";
import { type CounsellorConfig, readConfig, translator } from "./config";
import { Controls } from "./controls";
import { Devices } from "./devices";
import { announce, byId, fillSteps, pause, setText } from "./dom";
import { DeviceError, type DeviceKind, unfit } from "./errors";
import { Later } from "./later";
import { isFinal, Link, loadRoom } from "./link";
import { lifecycle } from "./log";
import { Poll } from "./poll";
import { AwaySheet, Sheets } from "./sheets";
import { knock } from "./sound";
import { Talk } from "./talk";
import { exposeForTests } from "./testing";

const WAITING_POLL = 2;
const TALK_POLL = 10;

class Counsellor {
	readonly #config = readConfig<CounsellorConfig>("counsellor");
	readonly #t = translator(this.#config.texts);
	readonly #api = new Api(this.#config.csrf);
	readonly #devices = new Devices(this.#config.browser, this.#config.saver);
	readonly #sheets = new Sheets();
	readonly #poll = new Poll(() => this.#ask());
	readonly #link: Link;
	readonly #talk: Talk;
	readonly #controls: Controls;
	readonly #away: AwaySheet;
	readonly #later: Later;
	#client: CounsellorState["client"] = "absent";
	#autoAdmit = this.#config.autoAdmit;
	#connected = false;
	#putOut = false;
	#leaving = false;
	#noted: DeviceKind | null = null;

	constructor() {
		const t = this.#t;
		const { name } = this.#config.counterpart;
		this.#link = new Link({
			join: () => this.#api.post<Join>(this.#config.urls.join),
			video: byId<HTMLVideoElement>("other"),
			saver: this.#config.saver,
			media: () => this.#devices.forSending(),
			listener: {
				onPeer: (peer) => {
					this.#talk.onPeer(peer);
					this.#later.meet();
					this.#poll.soon();
				},
				onData: (data) => this.#later.onData(data),
				onOwnSpeaking: (speaking) => this.#talk.onOwnSpeaking(speaking),
				onSoundBlocked: (blocked) => this.#talk.onSoundBlocked(blocked),
				onAdmitted: () => undefined,
				onAway: () => this.#setAway(true),
				onBack: () => this.#setAway(false),
				onPutOut: () => this.#askWhy(),
				onGone: (_, error) => void this.#finish(error?.body.next, false),
			},
		});
		const parts = { t, devices: this.#devices, link: this.#link };
		this.#talk = new Talk({
			...parts,
			name,
			absent: t("client_absent", { name }),
		});
		this.#controls = new Controls({
			...parts,
			talk: this.#talk,
			onTrouble: (trouble) => this.#noteDevice(trouble),
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
		this.#wire();
		exposeForTests(this.#config.debug, this.#link);
	}

	async run(): Promise<void> {
		// Asked for once: a reload or the back button must not let in whoever waits by then.
		history.replaceState(history.state, "", location.pathname);
		const reason = unfit(this.#config.browser);
		if (reason) return this.#note(this.#t(`${reason}_text`));
		void loadRoom();
		await Promise.all([this.#openDevices(), this.#connect()]);
	}

	/** One after the other: two questions of a browser at once are one too many. */
	async #openDevices(): Promise<void> {
		await this.#openDevice("microphone");
		await this.#openDevice("camera");
		this.#controls.draw();
		this.#talk.showOwn();
		if (this.#connected) await this.#link.publish();
	}

	async #openDevice(kind: DeviceKind): Promise<void> {
		try {
			await (kind === "camera"
				? this.#devices.openCamera()
				: this.#devices.openMicrophone());
			this.#devices.wanted[kind] = true;
		} catch (error) {
			this.#devices.wanted[kind] = false;
			if (error instanceof DeviceError) this.#noteDevice(error);
		}
	}

	async #connect(): Promise<void> {
		try {
			await this.#link.open();
		} catch (error) {
			if (isFinal(error)) return this.#finish(error.body.next, false);
			this.#poll.start();
			await this.#link.reopen();
		}
		this.#connected = true;
		// Not before: an earlier call of this appointment may have ended, and joining opens a new one.
		this.#poll.start();
		this.#talk.start();
		this.#controls.draw();
		this.#later.begin();
		// Devices that were open before the line stood are sent by now; later ones here.
		await this.#link.publish().catch(() => lifecycle("publish-failed"));
		this.#talk.showOwn();
		await this.#admitIfAsked();
	}

	async #ask(): Promise<number> {
		const state = await this.#state();
		if (this.#leaving) return 0;
		if (state === null || state.state === "ended") {
			await this.#finish(state?.next, false);
			return 0;
		}
		if (this.#putOut) {
			// The talk goes on elsewhere: after an ejection it has another room.
			this.#putOut = false;
			void this.#link.reopen();
		}
		if (state.client !== this.#client) this.#clientIs(state.client);
		this.#note(state.problem);
		if (state.client !== "waiting") this.#autoAdmit = false;
		await this.#admitIfAsked();
		return state.client === "admitted" ? TALK_POLL : WAITING_POLL;
	}

	/** null: signed out, or no longer theirs. */
	async #state(): Promise<CounsellorState | null> {
		try {
			return await this.#api.get<CounsellorState>(this.#config.urls.state);
		} catch (error) {
			if (this.#putOut && isFinal(error)) return null;
			throw error;
		}
	}

	/** Put out of the room: whether the talk is over, the application says. */
	#askWhy(): void {
		if (this.#leaving) return;
		this.#putOut = true;
		this.#poll.start();
	}

	#clientIs(client: CounsellorState["client"]): void {
		const { name } = this.#config.counterpart;
		lifecycle("client", { state: client });
		this.#client = client;
		const text = this.#t(`client_${client}`, { name });
		byId("inhalt").dataset.client = client;
		byId("door").hidden = client !== "waiting";
		byId("gone").hidden = client !== "left";
		byId("eject-yes").hidden = !["waiting", "admitted", "out"].includes(client);
		this.#talk.setAbsent(text);
		announce(text);
		if (client !== "waiting") return;
		if (!this.#autoAdmit) knock();
		// Shown on this page: the waiting room may say so.
		void this.#api.post(this.#config.urls.seen).catch(() => undefined);
	}

	async #admitIfAsked(): Promise<void> {
		if (!this.#autoAdmit || !this.#connected) return;
		if (this.#client !== "waiting") return;
		this.#autoAdmit = false;
		await this.#admit();
	}

	async #admit(): Promise<void> {
		const button = byId<HTMLButtonElement>("btn-admit");
		button.disabled = true;
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
		this.#sheets.close();
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

	#setAway(away: boolean): void {
		if (this.#leaving || !this.#connected) return;
		if (away) this.#away.start();
		else {
			this.#away.stop();
			this.#controls.restore();
			this.#later.back();
		}
	}

	#wire(): void {
		byId("btn-admit").addEventListener("click", () => void this.#admit());
		const sheet = (button: string, id: string) => {
			const opener = byId(button);
			opener.addEventListener("click", () => this.#sheets.toggle(id, opener));
		};
		sheet("btn-leave", "sheet-leave");
		sheet("btn-hear", "sheet-hear");
		byId("hear-again").addEventListener("click", () => {
			void this.#link.room?.startSound();
			this.#sheets.close();
		});
		const { end, leave } = this.#config.urls;
		byId("end-yes").addEventListener(
			"click",
			() => void this.#finish(end, true),
		);
		byId("gone-end").addEventListener(
			"click",
			() => void this.#finish(end, true),
		);
		byId("leave-yes").addEventListener(
			"click",
			() => void this.#finish(leave, true),
		);
		byId("eject-yes").addEventListener("click", () => void this.#eject());
		byId("device-again").addEventListener("click", () => {
			byId("device-note").hidden = true;
			this.#noted = null;
			void this.#openDevices();
		});
	}

	/** Not being heard weighs more than not being seen: the camera's note does not take the microphone's place. */
	#noteDevice({ kind, reason }: DeviceError): void {
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

	/** Posts first where something is to be said, then goes where the answer points. */
	async #finish(address: unknown, post: boolean): Promise<void> {
		if (this.#leaving) return;
		this.#leaving = true;
		this.#poll.stop();
		let next = typeof address === "string" ? address : null;
		if (post && next) {
			const said = this.#api.post<{ next: string }>(next);
			const answer = await Promise.race([said, pause(5000)]).catch(
				() => undefined,
			);
			next = answer?.next ?? null;
		}
		await Promise.race([this.#link.close(), pause(1000)]);
		this.#devices.stop();
		this.#talk.stop();
		location.assign(next ?? byId<HTMLAnchorElement>("back").href);
	}
}

export const start = (): Promise<void> => new Counsellor().run();
