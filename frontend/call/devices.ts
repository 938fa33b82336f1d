// Microphone and camera, opened once while checking and kept open until the end.
import type { Config } from "./config";
import { DeviceError, type DeviceKind, toDeviceError } from "./errors";
import { lifecycle } from "./log";
import type { LocalMedia } from "./room-types";

const MICROPHONE: MediaTrackConstraints = {
	echoCancellation: true,
	noiseSuppression: true,
	autoGainControl: true,
};

// Taken at the camera's own pace, sent at the sender's (room.ts): the first picture need not wait for the next tick.
const RATE = 30;

/** The largest that a talk of two needs; the sender scales down. A phone that saves takes no more than it sends. */
function camera({ role, saver }: Config): MediaTrackConstraints {
	return saver && role === "client" ? size(320, 240) : size(640, 480);
}

function size(width: number, height: number) {
	return {
		width: { ideal: width },
		height: { ideal: height },
		frameRate: { ideal: RATE, max: RATE },
	};
}

/** Outlives a reload of the page, and nothing longer: whoever had the camera off finds it off. */
class Wanted {
	readonly #key = `nb-wanted ${location.pathname}`;
	/** By choice. */
	readonly #off: Set<string>;
	/** Because the device did not come: tried again after a reload. */
	readonly #lacking = new Set<string>();

	constructor() {
		const kept = sessionStorage.getItem(this.#key) ?? "";
		this.#off = new Set(kept.split(" "));
	}

	get microphone(): boolean {
		return this.#is("microphone");
	}

	set microphone(on: boolean) {
		this.#set("microphone", on);
	}

	get camera(): boolean {
		return this.#is("camera");
	}

	set camera(on: boolean) {
		this.#set("camera", on);
	}

	lack(kind: DeviceKind): void {
		this.#lacking.add(kind);
	}

	#is(kind: DeviceKind): boolean {
		return !this.#off.has(kind) && !this.#lacking.has(kind);
	}

	#set(kind: DeviceKind, on: boolean): void {
		this.#lacking.delete(kind);
		if (on) this.#off.delete(kind);
		else this.#off.add(kind);
		sessionStorage.setItem(this.#key, [...this.#off].join(" "));
	}
}

export class Devices {
	microphone: MediaStreamTrack | null = null;
	camera: MediaStreamTrack | null = null;
	/** What the person wants; both sides of a talk may be switched off before it. */
	readonly wanted = new Wanted();
	/** Unplugged, or the permission was taken back while it was in use. */
	onLost: (trouble: DeviceError) => void = () => undefined;
	readonly #config: Config;

	constructor(config: Config) {
		this.#config = config;
	}

	open(kind: DeviceKind): Promise<MediaStreamTrack> {
		return kind === "camera" ? this.openCamera() : this.openMicrophone();
	}

	async openMicrophone(): Promise<MediaStreamTrack> {
		if (this.microphone?.readyState === "live") return this.microphone;
		this.microphone = await this.#open("microphone", { audio: MICROPHONE });
		return this.microphone;
	}

	async openCamera(): Promise<MediaStreamTrack> {
		if (this.camera?.readyState === "live") return this.camera;
		this.camera = await this.#open("camera", {
			video: this.#cameraConstraints(),
		});
		return this.camera;
	}

	/** Opens the camera's light only while it is wanted. */
	closeCamera(): void {
		this.camera?.stop();
		this.camera = null;
	}

	/** What a new connection sends; a track the last one ended is opened again. One that does not come holds up no other. */
	async forSending(): Promise<LocalMedia> {
		if (this.microphone?.readyState === "ended") {
			await this.openMicrophone().catch(() => this.lose("microphone"));
		}
		if (this.camera?.readyState === "ended" && this.wanted.camera) {
			await this.openCamera().catch(() => this.lose("camera"));
		}
		return {
			microphone: this.microphone,
			camera: this.camera,
			microphoneConstraints: MICROPHONE,
			cameraConstraints: this.#cameraConstraints(),
			wanted: this.wanted,
		};
	}

	stop(): void {
		this.microphone?.stop();
		this.microphone = null;
		this.closeCamera();
	}

	/** The device is gone: unplugged, taken by somebody else, or no longer allowed. */
	lose(kind: DeviceKind): void {
		this[kind] = null;
		this.wanted.lack(kind);
		lifecycle("device-lost", { kind });
		this.onLost(new DeviceError(kind, "missing"));
	}

	#cameraConstraints(): MediaTrackConstraints {
		return { facingMode: "user", ...camera(this.#config) };
	}

	async #open(
		kind: DeviceKind,
		constraints: MediaStreamConstraints,
	): Promise<MediaStreamTrack> {
		try {
			const stream = await navigator.mediaDevices.getUserMedia(constraints);
			const track = stream.getTracks()[0];
			if (!track) throw new DOMException("no track", "NotFoundError");
			lifecycle("device-open", { kind });
			// Not sent when we stop it ourselves.
			track.addEventListener("ended", () => {
				if (this[kind] === track) this.lose(kind);
			});
			return track;
		} catch (error) {
			const trouble = await toDeviceError(error, kind, this.#config.browser);
			lifecycle("device-refused", { kind, reason: trouble.reason });
			throw trouble;
		}
	}
}

/** How many cameras there are to switch between. */
export async function countCameras(): Promise<number> {
	const devices = await navigator.mediaDevices.enumerateDevices();
	return devices.filter((device) => device.kind === "videoinput").length;
}

/** Only the camera that looks at oneself is shown as in a mirror. */
export function looksAtOneself(track: MediaStreamTrack): boolean {
	return track.getSettings().facingMode !== "environment";
}
