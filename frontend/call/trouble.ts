// What to do when a device or the line does not come: short numbered steps for this browser.
import type { Translate } from "./config";
import { byId, setText } from "./dom";
import type { DeviceError, DeviceReason } from "./errors";
import type { Panels } from "./ui";

/** Steps that depend on the browser; the server sends only this browser's. */
const BY_BROWSER = new Set<DeviceReason>(["blocked", "system", "in_app"]);

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
	async device(trouble: DeviceError): Promise<"retry" | "without"> {
		const { kind, reason } = trouble;
		this.#fill(
			`${kind}_${reason}`,
			BY_BROWSER.has(reason) ? reason : `${kind}_${reason}`,
		);
		this.#showLink(reason === "in_app");
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
		this.#fill(
			`unfit_${reason}`,
			reason === "in_app" ? reason : `unfit_${reason}`,
		);
		this.#showLink(reason === "in_app" || reason === "outdated");
		this.#panels.show({ panel: "trouble", go: null });
	}

	async connection(): Promise<void> {
		this.#fill("connection_failed", "connection_failed");
		this.#showLink(false);
		await this.#panels.ask({
			panel: "trouble",
			go: this.#t("try_again"),
			part: "connection",
		});
	}

	#fill(words: string, steps: string): void {
		setText(byId("trouble-title"), this.#t(`${words}_title`));
		setText(byId("trouble-text"), this.#t(`${words}_text`));
		const list = byId("trouble-steps");
		// One text, one step a line: so a language may need more steps or fewer.
		const lines = this.#t(`${steps}_steps`).split("\n").filter(Boolean);
		list.replaceChildren(
			...lines.map((line) => {
				const item = document.createElement("li");
				item.textContent = line;
				return item;
			}),
		);
		list.hidden = lines.length === 0;
		// The panel may already be open with other words.
		byId("p-trouble").hidden = true;
	}

	#showLink(show: boolean): void {
		byId("trouble-link").hidden = !(show && this.#link);
		setText(byId("copy-said"), "");
	}

	async #copy(): Promise<void> {
		try {
			await navigator.clipboard.writeText(this.#link ?? "");
			setText(byId("copy-said"), this.#t("copied"));
		} catch {
			setText(
				byId("copy-said"),
				this.#t("copy_by_hand", { link: this.#link ?? "" }),
			);
		}
	}
}
