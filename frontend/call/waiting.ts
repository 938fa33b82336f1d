// The waiting room: what the server says, word for word, and one's own devices.
import type { ClientState } from "./api";
import type { Translate } from "./config";
import type { Devices } from "./devices";
import { announce, byId, setText, showVideo } from "./dom";
import { DeviceError } from "./errors";
import type { Panels } from "./ui";

interface Parts {
	t: Translate;
	devices: Devices;
	panels: Panels;
	onTrouble: (trouble: DeviceError) => Promise<void>;
}

export class WaitingRoom {
	readonly #parts: Parts;
	#connected = false;

	constructor(parts: Parts) {
		this.#parts = parts;
		byId("wait-microphone-switch").addEventListener("click", () => {
			const { wanted } = parts.devices;
			if (parts.devices.microphone) wanted.microphone = !wanted.microphone;
			else void this.#try(() => parts.devices.openMicrophone(), "microphone");
			this.draw();
		});
		byId("wait-camera-switch").addEventListener("click", () => {
			void this.#toggleCamera();
		});
	}

	enter(): void {
		this.#parts.panels.show({ panel: "wait", go: null });
		this.draw();
	}

	/** Headline and text are the server's: it alone knows who was told what. */
	tell(state: ClientState): void {
		const headline = byId("wait-headline");
		if (headline.textContent !== state.headline) {
			setText(headline, state.headline);
			announce(state.headline);
		}
		setText(byId("wait-text"), state.text);
		const early = state.state === "not_open";
		// Nothing is connected yet, and nothing need be.
		byId("wait-line").hidden = early;
		byId("wait-lay").hidden = early;
		byId("wait-early").hidden = !early;
	}

	setConnected(connected: boolean): void {
		const changed = connected !== this.#connected;
		this.#connected = connected;
		this.draw();
		// Somebody who does not see the row below hears that the line went, and that it is back.
		if (changed && !byId("p-wait").hidden) {
			announce(this.#parts.t(connected ? "wait_line_on" : "wait_line_off"));
		}
	}

	draw(): void {
		const { devices } = this.#parts;
		const microphone = devices.wanted.microphone && devices.microphone !== null;
		const camera = devices.wanted.camera && devices.camera !== null;
		this.#line("microphone", microphone);
		this.#line("camera", camera);
		this.#line("line", this.#connected);
		showVideo(
			byId<HTMLVideoElement>("wait-own"),
			camera ? devices.camera : null,
		);
		byId("wait-own-off").hidden = camera;
	}

	#line(name: string, on: boolean): void {
		const { t } = this.#parts;
		const row = byId(`wait-${name}`);
		row.classList.toggle("is-off", !on);
		setText(
			byId(`wait-${name}-text`),
			t(on ? `wait_${name}_on` : `wait_${name}_off`),
		);
		const button = document.getElementById(`wait-${name}-switch`);
		if (button) setText(button, t(on ? "switch_off" : "switch_on"));
		button?.setAttribute(
			"aria-label",
			t(on ? `switch_off_${name}` : `switch_on_${name}`),
		);
	}

	async #toggleCamera(): Promise<void> {
		const { devices } = this.#parts;
		if (devices.wanted.camera && devices.camera) {
			devices.wanted.camera = false;
			devices.closeCamera();
		} else {
			await this.#try(() => devices.openCamera(), "camera");
		}
		this.draw();
	}

	async #try(
		open: () => Promise<MediaStreamTrack>,
		kind: "microphone" | "camera",
	): Promise<void> {
		try {
			await open();
			this.#parts.devices.wanted[kind] = true;
			this.draw();
		} catch (error) {
			if (error instanceof DeviceError) await this.#parts.onTrouble(error);
		}
	}
}
