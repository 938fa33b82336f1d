// The counsellor's tablet: takes picture and sound, and gives them back. It never ends a talk.
import { Api, type ApiError, type Join, type TabletState } from "./api";
import { readConfig, type TabletConfig, translator } from "./config";
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
import { FINAL, type Step } from "./machine";
import { Poll } from "./poll";
import { Side } from "./side";
import { NOBODY } from "./talk";
import { exposeForTests } from "./testing";

/** How often it says that it is there; the PC calls it silent after eight seconds. */
const POLL = 3;

class Tablet {
	readonly #config = readConfig<TabletConfig>("tablet");
	readonly #t = translator(this.#config.texts);
	readonly #api = new Api(this.#config.csrf);
	readonly #devices = new Devices(this.#config);
	readonly #poll = new Poll(() => this.#ask());
	readonly #side: Side;

	constructor() {
		const t = this.#t;
		const config = this.#config;
		this.#side = new Side(
			{ config, t, api: this.#api, devices: this.#devices },
			{
				start: config.takes ? "joining" : "handed",
				onStep: (step) => this.#onStep(step),
				askSoon: () => this.#poll.soon(),
				peerBelongs: () => true,
				showsTalk: () => true,
				join: () => this.#api.post<Join>(config.urls.join),
				listener: {
					onPutOut: () => this.#side.send("put_out"),
					onGone: (_, error) => this.#shut(error),
				},
				onTrouble: (trouble) => this.#help(trouble),
				absent: t("client_absent", { name: config.counterpart.name }),
			},
		);
		this.#wire();
		exposeForTests(config.debug, this.#side.link);
	}

	async run(): Promise<void> {
		// Asked for once: after it was given back, a reload must not take it again.
		history.replaceState(history.state, "", location.pathname);
		const reason = unfit(this.#config.browser);
		if (reason) return setText(byId("face-text"), this.#t(`${reason}_text`));
		void loadRoom();
		this.#poll.start();
		if (this.#side.phase === "joining") await this.#enter();
		else this.#showHanded(true);
	}

	#onStep({ from, to, event }: Step): void {
		this.#showHanded(to === "handed");
		switch (to) {
			case "blocked":
				void this.#side.link.reopen();
				break;
			case "lost":
				if (event !== "line_lost") void this.#side.link.reopen();
				break;
			case "talking":
				if (from === "joining" || from === "blocked") void this.#arrived();
				else announce(this.#t("back_again"));
				break;
			case "unsure":
				this.#poll.soon();
				break;
			case "handed":
				this.#devices.stop();
				void this.#side.rest();
				announce(this.#t("handed"));
				break;
			case "over":
				void this.#finish();
				break;
		}
	}

	/** Devices first: while a browser asks for them, the talk still goes on at the PC. */
	async #enter(): Promise<void> {
		await this.#openDevices();
		try {
			await this.#api.post(this.#config.urls.take);
			await this.#side.link.open();
		} catch (error) {
			if (isFinal(error)) this.#shut(error);
			else this.#side.send("unreachable");
		}
	}

	async #openDevices(): Promise<void> {
		await this.#openDevice("microphone");
		await this.#openDevice("camera");
		this.#side.controls.draw();
		this.#side.talk.showOwn();
	}

	async #openDevice(kind: DeviceKind): Promise<void> {
		const { wanted } = this.#devices;
		if (!wanted[kind]) return;
		try {
			await this.#devices.open(kind);
		} catch (error) {
			wanted.lack(kind);
			if (isDeviceError(error)) this.#help(error);
		}
	}

	async #arrived(): Promise<void> {
		this.#side.talk.start();
		this.#side.controls.draw();
		this.#side.later.begin();
		await this.#publish();
		this.#side.talk.showOwn();
	}

	async #publish(): Promise<void> {
		await this.#side.link.publish().catch(() => lifecycle("publish-failed"));
	}

	async #ask(): Promise<number> {
		try {
			this.#hear(await this.#api.post<TabletState>(this.#config.urls.state));
		} catch (error) {
			if (!isFinal(error)) throw error;
			this.#side.send("gone");
		}
		return FINAL.has(this.#side.phase) ? 0 : POLL;
	}

	#hear({ state, connected }: TabletState): void {
		const alone = state === "ready" && !connected;
		setText(byId("handed-text"), this.#t(alone ? "handed_alone" : "handed"));
		// While it is being taken the answer may be older than the wish.
		if (this.#side.phase === "joining") return;
		this.#side.send(state === "holding" ? "says_admitted" : "handed");
	}

	#showHanded(handed: boolean): void {
		byId("inhalt").dataset.tablet = handed ? "ready" : "holding";
		byId("handed").hidden = !handed;
	}

	#wire(): void {
		const { sheets, link } = this.#side;
		for (const id of ["btn-back", "away-telephone"]) {
			byId(id).addEventListener("click", () => void this.#giveBack());
		}
		byId("handed-fetch").addEventListener("click", () => {
			if (this.#side.phase !== "handed") return;
			this.#side.send("again");
			link.wake();
			void this.#enter();
		});
		byId("device-again").addEventListener("click", () => {
			sheets.close();
			Object.assign(this.#devices.wanted, { microphone: true, camera: true });
			void this.#openDevices().then(() => this.#publish());
		});
	}

	async #giveBack(): Promise<void> {
		try {
			await this.#api.post(this.#config.urls.back);
			this.#side.send("handed");
		} catch (error) {
			if (isFinal(error)) return this.#shut(error);
			const text = this.#t("back_failed");
			this.#side.away.say(text);
			announce(text);
		}
	}

	#help({ kind, reason }: DeviceError): void {
		setText(byId("device-title"), this.#t(`${kind}_${reason}_title`));
		setText(byId("device-text"), this.#t(`${reason}_text`));
		fillSteps(byId("device-steps"), this.#t(`${reason}_steps`));
		this.#side.sheets.show("sheet-device");
		announce(this.#t(`${kind}_${reason}_title`));
	}

	/** The PC has picture and sound, or this tablet no longer belongs to the talk. */
	#shut(error?: ApiError): void {
		const handed = error?.reason === "other_device";
		this.#side.send(handed ? "handed" : "gone");
	}

	async #finish(): Promise<void> {
		this.#poll.stop();
		this.#side.stop();
		await Promise.race([this.#side.link.close(), pause(1000)]);
		this.#devices.stop();
		this.#side.talk.onPeer(NOBODY);
		byId("inhalt").dataset.tablet = "ended";
		byId("handed").hidden = true;
		byId("ended").hidden = false;
		announce(byId("ended").textContent ?? "");
	}
}

export const start = (): Promise<void> => new Tablet().run();
