// What this device has, as it was found when last tried. Kept on the device, about the device: a thin client
// is told once that it has no camera, and not asked for one in every talk.
import type { Translate } from "./config";
import { countCameras } from "./devices";
import { byId, setText } from "./dom";
import type { DeviceError, DeviceKind } from "./errors";
import { testTone } from "./sound";

const KEY = "nb-this-device";
const PARTS = ["camera", "microphone", "speaker"] as const;
type Part = (typeof PARTS)[number];
/** `none`: there is no such device here; `trouble`: there is one that did not come. */
type Found = "ok" | "none" | "trouble" | "unknown";

export class DeskDevices {
	readonly #t: Translate;
	readonly #found: Record<Part, Found> = recall();

	constructor(t: Translate) {
		this.#t = t;
		byId("device-tone").addEventListener("click", () => {
			testTone();
			byId("device-heard").hidden = false;
		});
		byId("device-heard-yes").addEventListener("click", () => this.#heard("ok"));
		byId("device-heard-no").addEventListener("click", () =>
			this.#heard("trouble"),
		);
		this.#draw();
	}

	/** There was no camera here, and none was plugged in since: asking for one would only fail again. */
	async lacks(kind: DeviceKind): Promise<boolean> {
		if (kind !== "camera" || this.#found.camera !== "none") return false;
		return (await countCameras()) === 0;
	}

	came(kind: DeviceKind): void {
		this.#note(kind, "ok");
	}

	refused({ kind, reason }: DeviceError): void {
		this.#note(kind, reason === "missing" ? "none" : "trouble");
	}

	#heard(found: Found): void {
		byId("device-heard").hidden = true;
		this.#note("speaker", found);
		byId("device-tone").focus();
	}

	#note(part: Part, found: Found): void {
		this.#found[part] = found;
		localStorage.setItem(KEY, JSON.stringify(this.#found));
		this.#draw();
	}

	#draw(): void {
		for (const part of PARTS) {
			setText(byId(`device-${part}`), this.#t(`device_${this.#found[part]}`));
		}
	}
}

/** Only what we know; anything else is as if nothing had been tried. */
function recall(): Record<Part, Found> {
	const found = {
		camera: "unknown",
		microphone: "unknown",
		speaker: "unknown",
	};
	try {
		const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}");
		for (const part of PARTS) {
			if (["ok", "none", "trouble"].includes(kept[part])) {
				found[part] = kept[part];
			}
		}
	} catch {
		// Written by nobody we know.
	}
	return found as Record<Part, Found>;
}
