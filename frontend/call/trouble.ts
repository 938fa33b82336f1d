// What to do when a device or the line does not come: short numbered steps for this browser.
import type { Translate } from "./config";
import { byId, fillSteps, setText } from "./dom";
import type { DeviceError, DeviceKind, DeviceReason } from "./errors";
import type { Panels } from "./ui";

export class Trouble {
	readonly #panels: Panels;
	readonly #t: Translate;
	readonly #link: string | undefined;

	constructor(panels: Panels, t: Translate, link?: string) {
		this.#panels = panels;
		this.#t = t;
		this.#link = link;
		byId("copy-link").addEventListener("click", () => void this.#copy());
	}

	/** "retry" or "without": going on without this device. */
	async device({ kind, reason }: DeviceError): Promise<"retry" | "without"> {
		this.#fill(kind, reason, kind);
		const again = this.#t("try_again");
		const without = this.#t(`without_${kind}`);
		const offer = { panel: "trouble", part: kind };
		if (kind === "camera") {
			// Nobody needs a picture to talk: going on comes first.
			const answer = await this.#panels.ask({
				...offer,
				go: without,
				alt: again,
			});
			return answer === "go" ? "without" : "retry";
		}
		// In an app's window only the copied link helps.
		const go = reason === "in_app" && this.#link ? null : again;
		const answer = await this.#panels.ask({ ...offer, go, alt: without });
		return answer === "go" ? "retry" : "without";
	}

	/** Nothing can be tried in this browser; the ways beside it stay. */
	unfit(reason: DeviceReason): void {
		this.#fill("unfit", reason);
		this.#panels.show({ panel: "trouble", go: null });
	}

	async connection(): Promise<void> {
		this.#fill("connection", "unreachable");
		await this.#panels.ask({
			panel: "trouble",
			go: this.#t("try_again"),
			part: "connection",
		});
	}

	#fill(what: string, reason: string, kind?: DeviceKind): void {
		setText(byId("trouble-title"), this.#t(`${what}_${reason}_title`));
		setText(byId("trouble-text"), this.#t(`${reason}_text`));
		const withoutPicture = kind === "camera" && reason !== "in_app";
		byId("trouble-camera").hidden = !withoutPicture;
		// "Am Telefon geht es sofort" is not what somebody without a camera needs.
		byId("trouble-text").hidden = withoutPicture && reason === "missing";
		fillSteps(byId("trouble-steps"), this.#t(`${reason}_steps`));
		this.#showLink(reason === "in_app" || reason === "outdated");
		// The panel may already be open with other words.
		byId("p-trouble").hidden = true;
	}

	#showLink(show: boolean): void {
		byId("trouble-link").hidden = !(show && this.#link);
		setText(byId("link-text"), this.#link ?? "");
		setText(byId("copy-said"), "");
	}

	async #copy(): Promise<void> {
		try {
			await navigator.clipboard.writeText(this.#link ?? "");
			setText(byId("copy-said"), this.#t("copied"));
		} catch {
			setText(byId("copy-said"), this.#t("copy_by_hand"));
		}
	}
}
