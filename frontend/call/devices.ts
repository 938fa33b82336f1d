// Microphone and camera, opened once while checking and kept open until the end.
import type { Browser } from "./config";
import { type DeviceKind, toDeviceError } from "./errors";
import { lifecycle } from "./log";
import type { LocalMedia } from "./room-types";

const MICROPHONE: MediaTrackConstraints = {
	echoCancellation: true,
	noiseSuppression: true,
	autoGainControl: true,
};

// Taken at the camera's own pace, sent at the sender's (room.ts): the first picture need not wait for the next tick.
const RATE = 30;

function camera(saver: boolean): MediaTrackConstraints {
	return saver
		? size(320, 240)
		: // The largest that a talk of two needs; the sender scales down.
			size(640, 480);
}

function size(width: number, height: number) {
	return {
		width: { ideal: width },
		height: { ideal: height },
		frameRate: { ideal: RATE, max: RATE },
	};
}

export class Devices {
	microphone: MediaStreamTrack | null = null;
	camera: MediaStreamTrack | null = null;
	/** What the person wants; both sides of a talk may be switched off before it. */
	readonly wanted = { microphone: true, camera: true };
	readonly #browser: Browser;
	readonly #saver: boolean;

	constructor(browser: Browser, saver: boolean) {
		this.#browser = browser;
		this.#saver = saver;
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

	#cameraConstraints(): MediaTrackConstraints {
		return { facingMode: "user", ...camera(this.#saver) };
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
			return track;
		} catch (error) {
			const trouble = await toDeviceError(error, kind, this.#browser);
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
