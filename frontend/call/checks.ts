// Microphone, camera, sound: one after the other, each with its own way out.
import type { Api } from "./api";
import type { ClientConfig, Step, StepResult, Translate } from "./config";
import type { Devices } from "./devices";
import { looksAtOneself } from "./devices";
import { byId, setText, showVideo } from "./dom";
import { DeviceError, type DeviceKind } from "./errors";
import { lifecycle } from "./log";
import { LevelMeter, testTone, unlockSound } from "./sound";
import type { Trouble } from "./trouble";
import type { Panels } from "./ui";

const NET = "nb-net";
const HEARD_LEVEL = 0.35;
/** So many frames above it are a voice, not a knock. */
const HEARD_FRAMES = 12;

interface Tools {
	api: Api;
	config: ClientConfig;
	devices: Devices;
	panels: Panels;
	trouble: Trouble;
	t: Translate;
}

export class DeviceCheck {
	readonly #tools: Tools;
	#reported: Promise<unknown> = Promise.resolve();

	constructor(tools: Tools) {
		this.#tools = tools;
	}

	async run(): Promise<void> {
		const { config } = this.#tools;
		this.#netIsKnown();
		if (config.resume && (await this.#resume())) return;
		if (config.prepared && (await this.#openRemembered())) return;
		if (config.asksForNet && !this.#netIsKnown()) await this.#net();
		await this.#microphone();
		await this.#camera();
		await this.#sound();
	}

	/** In the background, one after the other: what does not arrive must never hold anybody up. */
	report(step: Step, result: StepResult, reason?: string): void {
		const { api, config, panels } = this.#tools;
		panels.part(step, result === "ok" ? "done" : "skipped");
		lifecycle("check", { step, result });
		const body = reason ? { step, result, reason } : { step, result };
		this.#reported = this.#reported.then(() =>
			api.post(config.urls.check, body).catch(() => undefined),
		);
	}

	/** Straight back into the talk, devices as they were. False: the browser wants a tap, or asks anew. */
	async #resume(): Promise<boolean> {
		const { devices, panels } = this.#tools;
		panels.show({ panel: "back", go: null });
		try {
			await devices.openMicrophone();
			if (devices.wanted.camera) await devices.openCamera();
		} catch {
			return false;
		}
		return true;
	}

	/** Asked once: what costs nothing need not be saved. */
	async #net(): Promise<void> {
		const { config, panels, t } = this.#tools;
		const answer = await panels.ask({
			panel: "net",
			go: t("net_wifi"),
			alt: t("net_mobile"),
			part: "microphone",
		});
		sessionStorage.setItem(NET, answer === "go" ? "wifi" : "mobile");
		config.saver = answer === "alt";
	}

	/** Asked once a visit: tomorrow somebody may be on the way. */
	#netIsKnown(): boolean {
		const net = sessionStorage.getItem(NET);
		if (net === "wifi") this.#tools.config.saver = false;
		return net !== null;
	}

	/** The one button of somebody prepared. False: something has changed since. */
	async #openRemembered(): Promise<boolean> {
		const { config, devices, panels, t } = this.#tools;
		await panels.ask({
			panel: "start",
			go: t("go_waiting_room"),
			part: "start",
		});
		unlockSound();
		panels.busy();
		const tried = config.remembered.camera === "ok";
		const withCamera = tried && devices.wanted.camera;
		try {
			await devices.openMicrophone();
			if (withCamera) await devices.openCamera();
		} catch {
			return false;
		}
		devices.wanted.camera = withCamera;
		return true;
	}

	async #microphone(): Promise<void> {
		const { panels, devices, t } = this.#tools;
		if (!devices.microphone) {
			await panels.ask({
				panel: "microphone",
				go: t("go_microphone"),
				part: "microphone",
			});
		}
		unlockSound();
		const track = await this.#open("microphone", () =>
			devices.openMicrophone(),
		);
		if (!track) {
			devices.wanted.microphone = false;
			return this.report("microphone", "failed", "refused");
		}
		devices.wanted.microphone = true;
		const heard = await this.#listen(track);
		this.report(
			"microphone",
			heard ? "ok" : "failed",
			heard ? undefined : "silent",
		);
	}

	async #listen(track: MediaStreamTrack): Promise<boolean> {
		const { panels, t } = this.#tools;
		let loud = 0;
		const card = byId("meter");
		const meter = new LevelMeter(track, (level) => {
			drawLevel(level);
			if (level > HEARD_LEVEL) loud += 1;
			if (loud === HEARD_FRAMES) {
				loud += 1;
				card.classList.add("meter--ok");
				byId("meter-ok").hidden = false;
				setText(byId("meter-say"), t("heard"));
			}
		});
		setText(byId("meter-say"), t("listening"));
		await panels.ask({
			panel: "meter",
			go: t("go_camera_next"),
			part: "microphone",
		});
		meter.stop();
		return loud > HEARD_FRAMES;
	}

	async #camera(): Promise<void> {
		const { panels, devices, t } = this.#tools;
		const answer = await panels.ask({
			panel: "camera",
			go: t("go_camera"),
			alt: t("without_camera"),
			part: "camera",
		});
		const track =
			answer === "go"
				? await this.#open("camera", () => devices.openCamera())
				: null;
		if (!track) return this.#withoutCamera();
		const video = byId<HTMLVideoElement>("preview");
		video.classList.toggle("is-mirrored", looksAtOneself(track));
		showVideo(video, track);
		const seen = await panels.ask({
			panel: "preview",
			go: t("go_sound_next"),
			alt: t("without_camera"),
			part: "camera",
		});
		showVideo(video, null);
		if (seen === "alt") return this.#withoutCamera();
		devices.wanted.camera = true;
		this.report("camera", "ok");
	}

	#withoutCamera(): void {
		const { devices } = this.#tools;
		devices.closeCamera();
		devices.wanted.camera = false;
		this.report("camera", "skipped");
	}

	async #sound(): Promise<void> {
		const { panels, t } = this.#tools;
		await panels.ask({ panel: "sound", go: t("go_tone"), part: "sound" });
		for (;;) {
			testTone();
			const answer = await panels.ask({
				panel: "heard",
				go: t("heard_yes"),
				alt: t("heard_no"),
				part: "sound",
			});
			if (answer === "go") return this.report("sound", "ok");
			const again = await panels.ask({
				panel: "unheard",
				go: t("tone_again"),
				alt: t("go_on_anyway"),
				part: "sound",
			});
			if (again === "alt") return this.report("sound", "failed", "unheard");
		}
	}

	/** Opens a device, as often as the person wants to try. Null: without it. */
	async #open(
		kind: DeviceKind,
		open: () => Promise<MediaStreamTrack>,
	): Promise<MediaStreamTrack | null> {
		for (;;) {
			this.#tools.panels.busy();
			try {
				return await open();
			} catch (error) {
				if (!(error instanceof DeviceError)) throw error;
				this.report(kind, "failed", error.reason);
				if ((await this.#tools.trouble.device(error)) === "without")
					return null;
			}
		}
	}
}

function drawLevel(level: number): void {
	const bars = byId("meter-bar").children;
	const lit = Math.round(level * bars.length);
	for (let index = 0; index < bars.length; index += 1) {
		bars[index]?.classList.toggle("on", index < lit);
	}
}
