// Text and help with sound stand beside the talk. They are fetched once it has begun:
// the way into it stays light. What is said to this page before is not lost:
// both tell each other what was written when they meet.
import type { Beside, Parts } from "./beside";
import { byId, pause } from "./dom";

/** Picture and sound come first. */
const QUIET_MS = 8000;
const AGAIN_MS = 3000;

export class Later {
	readonly #parts: Parts;
	#loading: Promise<Beside | null> | null = null;
	#over = false;
	#beside: Beside | null = null;

	constructor(parts: Parts) {
		this.#parts = parts;
		this.#onTap("btn-text", (beside) => beside.toggleText());
		const hear = byId("btn-hear");
		hear.addEventListener("click", () => this.#hear(hear));
		byId("hear-again").addEventListener("click", () => {
			void parts.link.room?.startSound();
			parts.sheets.close();
		});
	}

	begin(): void {
		setTimeout(() => void this.#load(), QUIET_MS);
	}

	/** Somebody came, went, or is there again. */
	meet(): void {
		this.#beside?.meet();
	}

	/** The line is back. */
	back(): void {
		this.#beside?.greet();
	}

	onData(data: Uint8Array): void {
		this.#beside?.onData(data);
	}

	/** The sheet opens at once, with what always helps; what is found out comes into it. */
	async #hear(opener: HTMLElement): Promise<void> {
		this.#parts.sheets.toggle("sheet-hear", opener);
		if (byId("sheet-hear").hidden) return;
		(await this.#load())?.examine();
	}

	#onTap(id: string, action: (beside: Beside) => void): void {
		const button = byId(id);
		button.addEventListener("click", async () => {
			if (button.getAttribute("aria-busy") === "true") return;
			button.setAttribute("aria-busy", "true");
			const beside = await this.#load();
			// The sheet is opened by another listener of the same tap: after this one.
			await pause(0);
			button.removeAttribute("aria-busy");
			if (beside) action(beside);
		});
	}

	/** The page is leaving: nothing more is fetched. */
	stop(): void {
		this.#over = true;
	}

	#load(): Promise<Beside | null> {
		this.#loading ??= this.#begin();
		return this.#loading;
	}

	async #begin(): Promise<Beside | null> {
		while (!this.#over) {
			try {
				if (!document.getElementById("text")) await insertMarkup();
				const { Beside } = await import("./beside");
				this.#beside = new Beside(this.#parts);
				return this.#beside;
			} catch {
				this.#parts.log("beside-failed");
				await pause(AGAIN_MS);
			}
		}
		return null;
	}
}

/** The client's page fetches the markup, too; resolves when its styles are there. */
async function insertMarkup(): Promise<void> {
	const response = await fetch(`${location.pathname}?teil=text`);
	if (!response.ok || response.redirected) throw new Error("no markup");
	const box = document.createElement("template");
	box.innerHTML = await response.text();
	const styles = box.content.querySelector("link");
	const ready = new Promise((resolve) => {
		styles?.addEventListener("load", resolve);
		styles?.addEventListener("error", resolve);
	});
	byId("stage").after(box.content);
	await ready;
}
