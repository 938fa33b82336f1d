// What to do when a device or the line does not come: short numbered steps for this browser.
import type { Translate } from "./config";
import { byId, fillSteps, setText } from "./dom";
import type { DeviceError, DeviceReason } from "./errors";
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
		this.#fill(kind, reason);
		const answer = await this.#panels.ask({
			panel: "trouble",
			go: this.#t("try_again"),
			alt: this.#t(`without_${kind}`),
			part: kind,
		});
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

	#fill(what: string, reason: string): void {
		setText(byId("trouble-title"), this.#t(`${what}_${reason}_title`));
		setText(byId("trouble-text"), this.#t(`${reason}_text`));
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
