// The document before the talk: one panel at a time, one primary button for all.
import { byId, focusHeading, setText } from "./dom";

type Answer = "go" | "alt";

export interface Offer {
	panel: string;
	go: string | null;
	alt?: string | null;
	/** Which of the four parts of the check it is; none: the check is over. */
	part?: string;
}

export class Panels {
	readonly #go = byId<HTMLButtonElement>("go");
	readonly #goLabel = byId("go-label");
	readonly #alt = byId<HTMLButtonElement>("alt");
	readonly #altLabel = byId("alt-label");
	#answer: ((answer: Answer) => void) | null = null;
	/** A tap that came before this code did counts for the first offer. */
	#early: boolean;

	constructor(early: boolean) {
		this.#early = early;
		this.#go.addEventListener("click", () => this.#reply("go"));
		this.#alt.addEventListener("click", () => this.#reply("alt"));
	}

	/** Shows a panel and waits for one of its buttons. */
	ask(offer: Offer): Promise<Answer> {
		this.show(offer);
		if (this.#early) {
			this.#early = false;
			return Promise.resolve("go");
		}
		return new Promise((resolve) => {
			this.#answer = resolve;
		});
	}

	show({ panel, go, alt = null, part }: Offer): void {
		this.#answer = null;
		this.#go.removeAttribute("aria-busy");
		label(this.#go, this.#goLabel, go);
		label(this.#alt, this.#altLabel, alt);
		byId("before").dataset.panel = panel;
		byId("check-head").hidden = part === undefined;
		if (part) this.#markPart(part);
		const next = byId(`p-${panel}`);
		if (!next.hidden) return;
		for (const section of document.querySelectorAll<HTMLElement>(
			".panels > section",
		)) {
			section.hidden = section !== next;
		}
		window.scrollTo(0, 0);
		focusHeading(next);
	}

	/** While a browser asks or a line is tried: pressed, and nothing else happens. */
	busy(): void {
		this.#go.setAttribute("aria-busy", "true");
		this.#answer = null;
	}

	part(name: string, result: "done" | "skipped"): void {
		const item = document.querySelector(`[data-part="${name}"]`);
		item?.classList.remove("is-done", "is-skipped");
		item?.classList.add(`is-${result}`);
	}

	#markPart(name: string): void {
		for (const item of document.querySelectorAll<HTMLElement>("[data-part]")) {
			const now = item.dataset.part === name;
			item.classList.toggle("is-now", now);
			if (now) item.setAttribute("aria-current", "step");
			else item.removeAttribute("aria-current");
		}
	}

	#reply(answer: Answer): void {
		const resolve = this.#answer;
		this.#answer = null;
		resolve?.(answer);
	}
}

function label(
	button: HTMLButtonElement,
	place: HTMLElement,
	text: string | null,
): void {
	button.hidden = text === null;
	if (text !== null) setText(place, text);
}
