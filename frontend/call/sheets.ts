// Sheets cover the picture, never the controls. One at a time.
import type { Translate } from "./config";
import { announce, byId, focusHeading, setText } from "./dom";

export class Sheets {
	#open: HTMLElement | null = null;
	/** Came by itself; stands again once a person has closed the one they opened over it. */
	#standing: HTMLElement | null = null;
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
		this.#hide();
		this.#opener = opener;
		opener.setAttribute("aria-expanded", "true");
		this.#show(byId(id));
		focusHeading(byId(id));
	}

	/** Came by itself: leaves the focus where it is, and what a person has open. */
	show(id: string): void {
		this.#standing = byId(id);
		if (!this.#opener) this.#again();
	}

	/** What came by itself is past. */
	settle(id: string): void {
		if (this.#standing?.id === id) this.#standing = null;
		if (this.#open?.id === id) this.#hide();
	}

	/** Whatever is open, by a person's tap. */
	close(): void {
		if (this.#open === this.#standing) this.#standing = null;
		this.#hide();
		this.#again();
	}

	#again(): void {
		if (this.#open === this.#standing) return;
		this.#hide();
		if (this.#standing) this.#show(this.#standing);
	}

	#hide(): void {
		if (!this.#open) return;
		const inside = this.#open.contains(document.activeElement);
		this.#open.hidden = true;
		this.#open = null;
		byId("stage").classList.remove("has-sheet");
		this.#opener?.setAttribute("aria-expanded", "false");
		if (inside) this.#opener?.focus();
		this.#opener = null;
	}

	#show(sheet: HTMLElement): void {
		sheet.hidden = false;
		this.#open = sheet;
		byId("stage").classList.add("has-sheet");
	}
}

/** Whose line is away; `late`: for so long that the telephone comes first. */
export type Gone = "away" | "alone" | "late";

const MINUTE = 60;

/** Somebody's line is away: says whose, counts, and after a minute puts the telephone first. */
export class AwaySheet {
	readonly #sheets: Sheets;
	readonly #t: Translate;
	readonly #name: string;
	readonly #onMinute: () => void;
	#timer = 0;

	constructor(
		sheets: Sheets,
		t: Translate,
		name: string,
		onMinute: () => void,
	) {
		this.#sheets = sheets;
		this.#t = t;
		this.#name = name;
		this.#onMinute = onMinute;
	}

	/** Goes on counting when one trouble becomes another. */
	show(gone: Gone): void {
		const name = { name: this.#name };
		const title = this.#t(`${gone}_title`, name);
		if (byId("away-title").textContent !== title || !this.#timer)
			announce(title);
		setText(byId("away-title"), title);
		setText(byId("away-text"), this.#t(`${gone}_text`, name));
		this.#telephoneFirst(gone === "late");
		byId("stage").classList.toggle("k-stage--away", gone !== "alone");
		byId("dim").hidden = gone === "alone";
		this.#sheets.show("sheet-away");
		if (!this.#timer) this.#count();
	}

	close(): void {
		window.clearInterval(this.#timer);
		this.#timer = 0;
		byId("stage").classList.remove("k-stage--away");
		byId("dim").hidden = true;
		this.#sheets.settle("sheet-away");
	}

	get shown(): boolean {
		return this.#timer !== 0;
	}

	/** What came of the wish to go on by telephone, wherever it was said. */
	say(text: string): void {
		for (const place of document.querySelectorAll<HTMLElement>(
			"[data-telephone-said]",
		)) {
			place.hidden = false;
			setText(place, text);
		}
		announce(text);
	}

	#count(): void {
		const began = Date.now();
		let told = false;
		const tick = () => {
			const count = Math.round((Date.now() - began) / 1000);
			setText(byId("away-seconds"), this.#t("away_seconds", { count }));
			// By the clock, not by a timer: a phone that slept has none.
			if (count < MINUTE || told) return;
			told = true;
			this.#onMinute();
		};
		tick();
		this.#timer = window.setInterval(tick, 1000);
	}

	#telephoneFirst(first: boolean): void {
		const button = byId("away-telephone");
		button.classList.toggle("kern-btn--primary", first);
		button.classList.toggle("kern-btn--secondary", !first);
		byId("away-spin").hidden = first;
	}
}
