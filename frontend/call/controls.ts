// Microphone, camera, sound only: the buttons both sides have.
import type { Translate } from "./config";
import { countCameras, type Devices } from "./devices";
import { announce, byId, setText } from "./dom";
import { DeviceError } from "./errors";
import type { Link } from "./link";
import type { Talk } from "./talk";

interface Parts {
	t: Translate;
	devices: Devices;
	link: Link;
	talk: Talk;
	/** Sound only, or the picture again, by choice. */
	onSoundOnly: (on: boolean) => void;
	/** A device did not come; the page says how to help it. */
	onTrouble: (trouble: DeviceError) => void;
}

export class Controls {
	readonly #parts: Parts;
	#soundOnly = false;
	/** The camera that goes on again when the picture comes back. */
	#cameraBefore = false;
	#facing: "user" | "environment" = "user";

	constructor(parts: Parts) {
		this.#parts = parts;
		this.#onTap("btn-microphone", () => this.#toggleMicrophone());
		this.#onTap("btn-camera", () => this.#toggleCamera());
		this.#onTap("btn-sound-only", () => this.#toggleSoundOnly());
		this.#onTap("btn-switch", () => this.#switchCamera());
	}

	/** Shows what is on; a second camera shows its button. */
	draw(): void {
		const { t, devices } = this.#parts;
		const { microphone, camera } = devices.wanted;
		drawSwitch("microphone", microphone, t);
		drawSwitch("camera", camera, t);
		const only = byId("btn-sound-only");
		only.classList.toggle("k-btn--off", this.#soundOnly);
		only.setAttribute("aria-pressed", String(this.#soundOnly));
		void countCameras().then((count) => {
			byId("btn-switch").hidden = count < 2 || !camera;
		});
	}

	async #toggleMicrophone(): Promise<void> {
		const { devices, link } = this.#parts;
		const on = !devices.wanted.microphone;
		if (on && !devices.microphone) {
			await devices.openMicrophone();
			devices.wanted.microphone = true;
			await link.publish();
		} else {
			devices.wanted.microphone = on;
			await link.room?.setMicrophone(on);
		}
		this.#changed();
	}

	async #toggleCamera(): Promise<void> {
		await this.#setCamera(!this.#parts.devices.wanted.camera);
		if (this.#parts.devices.wanted.camera) this.#leaveSoundOnly();
		this.#changed();
	}

	async #setCamera(on: boolean): Promise<void> {
		const { devices, link } = this.#parts;
		if (on === devices.wanted.camera) return;
		if (on && !link.room?.cameraPublished) {
			await devices.openCamera();
			devices.wanted.camera = true;
			await link.publish();
		} else {
			devices.wanted.camera = on;
			// Not sent yet, for want of a line: nothing but the device itself is on.
			if (!on && !link.room?.cameraPublished) devices.closeCamera();
			await link.room?.setCamera(on);
		}
	}

	async #toggleSoundOnly(): Promise<void> {
		const { devices, t } = this.#parts;
		if (this.#soundOnly) {
			this.#leaveSoundOnly();
			await this.#setCamera(this.#cameraBefore);
			announce(t("picture_again"));
		} else {
			this.#cameraBefore = devices.wanted.camera;
			this.#soundIs(true);
			await this.#setCamera(false);
			announce(t("sound_only_said"));
		}
		this.#changed();
	}

	#leaveSoundOnly(): void {
		if (this.#soundOnly) this.#soundIs(false);
	}

	#soundIs(only: boolean): void {
		this.#soundOnly = only;
		this.#parts.link.room?.setSoundOnly(only);
		this.#parts.talk.setSoundOnly(only);
		this.#parts.onSoundOnly(only);
	}

	async #switchCamera(): Promise<void> {
		this.#facing = this.#facing === "user" ? "environment" : "user";
		await this.#parts.link.room?.switchCamera(this.#facing);
		this.#changed();
	}

	#changed(): void {
		this.draw();
		this.#parts.talk.showOwn();
	}

	/** After a return of the line the new room must know it, too. */
	restore(): void {
		if (this.#soundOnly) this.#parts.link.room?.setSoundOnly(true);
		this.#changed();
	}

	#onTap(id: string, action: () => Promise<void>): void {
		const button = byId<HTMLButtonElement>(id);
		button.addEventListener("click", () => void this.#run(button, action));
	}

	/** One tap at a time; a refused device goes to the page. */
	async #run(
		button: HTMLButtonElement,
		action: () => Promise<void>,
	): Promise<void> {
		if (button.getAttribute("aria-busy") === "true") return;
		button.setAttribute("aria-busy", "true");
		try {
			await action();
		} catch (error) {
			if (!(error instanceof DeviceError)) throw error;
			this.#parts.onTrouble(error);
		} finally {
			button.removeAttribute("aria-busy");
		}
	}
}

function drawSwitch(
	kind: "microphone" | "camera",
	on: boolean,
	t: Translate,
): void {
	const button = byId(`btn-${kind}`);
	button.classList.toggle("k-btn--off", !on);
	button.setAttribute("aria-pressed", String(on));
	setText(byId(`btn-${kind}-label`), t(on ? `${kind}_on` : `${kind}_off`));
}
