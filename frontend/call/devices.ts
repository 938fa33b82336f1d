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
	#microphone: boolean;
	#camera: boolean;

	constructor() {
		const off = (sessionStorage.getItem(this.#key) ?? "").split(" ");
		this.#microphone = !off.includes("microphone");
		this.#camera = !off.includes("camera");
	}

	get microphone(): boolean {
		return this.#microphone;
	}

	set microphone(on: boolean) {
		this.#microphone = on;
		this.#keep();
	}

	get camera(): boolean {
		return this.#camera;
	}

	set camera(on: boolean) {
		this.#camera = on;
		this.#keep();
	}

	/** The device did not come: off for now, and tried again after a reload. */
	lack(kind: DeviceKind): void {
		if (kind === "camera") this.#camera = false;
		else this.#microphone = false;
	}

	#keep(): void {
		const off = [
			this.#microphone ? "" : "microphone",
			this.#camera ? "" : "camera",
		];
		sessionStorage.setItem(this.#key, off.join(" ").trim());
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

	/** What a new connection sends; a track the last one ended is opened again. */
	async forSending(): Promise<LocalMedia> {
		const again = { microphone: this.microphone, camera: this.camera };
		if (again.microphone?.readyState === "ended") await this.openMicrophone();
		if (again.camera?.readyState === "ended" && this.wanted.camera) {
			await this.openCamera();
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

	#lost(kind: DeviceKind, track: MediaStreamTrack): void {
		if (this[kind] !== track) return;
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
			track.addEventListener("ended", () => this.#lost(kind, track));
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
