// Sheets cover the picture, never the controls. One at a time.
import { byId, focusHeading, setText } from "./dom";

export class Sheets {
	#open: HTMLElement | null = null;
	#opener: HTMLElement | null = null;

	constructor() {
		document.addEventListener("keydown", (event) => {
			if (event.key === "Escape" && this.#opener) this.close();
		});
		for (const button of document.querySelectorAll("[data-close-sheet]")) {
			button.addEventListener("click", () => this.close());
		}
	}

	/** Opened by a person: takes the focus and gives it back. */
	toggle(id: string, opener: HTMLElement): void {
		const again = this.#open?.id === id;
		this.close();
		if (again) return;
		this.#opener = opener;
		opener.setAttribute("aria-expanded", "true");
		this.#show(byId(id));
		focusHeading(byId(id));
	}

	/** Came by itself: leaves the focus where it is. */
	show(id: string): void {
		if (this.#open?.id === id) return;
		this.close();
		this.#show(byId(id));
	}

	close(id?: string): void {
		if (!this.#open || (id && this.#open.id !== id)) return;
		const inside = this.#open.contains(document.activeElement);
		this.#open.hidden = true;
		this.#open = null;
		this.#opener?.setAttribute("aria-expanded", "false");
		if (inside) this.#opener?.focus();
		this.#opener = null;
	}

	#show(sheet: HTMLElement): void {
		sheet.hidden = false;
		this.#open = sheet;
	}
}

/** The line is away: says so, counts, and after a minute puts the telephone first. */
export class AwaySheet {
	readonly #sheets: Sheets;
	readonly #texts: {
		seconds: (count: number) => string;
		offer: string;
		title: string;
	};
	#timer = 0;

	constructor(
		sheets: Sheets,
		texts: { seconds: (count: number) => string; offer: string; title: string },
	) {
		this.#sheets = sheets;
		this.#texts = texts;
	}

	start(): void {
		this.stop();
		const began = Date.now();
		const tick = () => this.#tick(Math.round((Date.now() - began) / 1000));
		tick();
		this.#timer = window.setInterval(tick, 1000);
		byId("stage").classList.add("k-stage--away");
		byId("dim").hidden = false;
		this.#sheets.show("sheet-away");
	}

	stop(): void {
		window.clearInterval(this.#timer);
		byId("stage").classList.remove("k-stage--away");
		byId("dim").hidden = true;
		this.#sheets.close("sheet-away");
	}

	#tick(seconds: number): void {
		const late = seconds >= 60;
		setText(byId("away-title"), late ? this.#texts.offer : this.#texts.title);
		setText(byId("away-seconds"), this.#texts.seconds(seconds));
		const text = document.getElementById("away-late");
		if (text) {
			text.hidden = !late;
			byId("away-text").hidden = late;
			this.#spin(!late);
		}
		const call = byId("away-call");
		call.classList.toggle("kern-btn--primary", late);
		call.classList.toggle("kern-btn--secondary", !late);
	}

	#spin(spins: boolean): void {
		const wheel = document.querySelector<HTMLElement>("#sheet-away .spin");
		if (wheel) wheel.hidden = !spins;
	}
}
