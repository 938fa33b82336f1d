// Who waits, on every staff page: a panel on the day page, a notice elsewhere.
// Markup and words stand in shared/waiting.html.
import { knock } from "../call/sound";
import type { Waiting, WaitingAnswer, WorkerOrder } from "./waiting-types";

interface Places {
	root: HTMLElement;
	panel: HTMLElement | null;
	say: HTMLElement;
	card: HTMLTemplateElement;
}

/** An arrival is one person's one stay; coming again is a new arrival. */
const arrival = (one: Waiting): string => `${one.appointment} ${one.since}`;

export function watchWaiting(): void {
	const root = document.getElementById("waiting");
	const say = document.getElementById("waiting-say");
	const card = document.getElementById("waiting-card");
	const url = root?.dataset.url;
	const worker = root?.dataset.worker;
	if (!root || !say || !url || !worker) return;
	if (!(card instanceof HTMLTemplateElement)) return;
	const panel = document.getElementById("waiting-panel");
	const notice = new WaitingNotice({ root, panel, say, card });
	const asker = new Worker(worker);
	asker.addEventListener("message", (event: MessageEvent<WaitingAnswer>) =>
		notice.show(event.data.waiting),
	);
	const order: WorkerOrder = { url };
	asker.postMessage(order);
	document.addEventListener("visibilitychange", () => notice.confirmShown());
	setInterval(() => notice.tellTime(), 20_000);
	offerNotifications();
}

class WaitingNotice {
	readonly #places: Places;
	#waiting: Waiting[] = [];
	#told: string | undefined;
	readonly #seen = new Set<string>();

	constructor(places: Places) {
		this.#places = places;
	}

	show(waiting: Waiting[]): void {
		this.#waiting = waiting.filter((one) => one.appointment !== this.#talk);
		this.#render();
		this.#announce();
		this.confirmShown();
	}

	/** The appointment whose talk this page holds; its own script tells of its person. */
	get #talk(): string | undefined {
		return this.#places.root.dataset.talk;
	}

	/** Tells the server that a person could see it: only then the waiting room says so. */
	confirmShown(): void {
		if (document.visibilityState !== "visible") return;
		for (const one of this.#waiting) {
			const key = arrival(one);
			if (this.#seen.has(key)) continue;
			this.#seen.add(key);
			this.#post(one.seenUrl, {}).catch(() => this.#seen.delete(key));
		}
	}

	tellTime(): void {
		for (const one of this.#waiting) {
			const card = document.querySelector(
				`[data-arrival="${CSS.escape(arrival(one))}"]`,
			);
			if (card) put(card, "since", this.#since(one));
		}
	}

	#render(): void {
		const { root, panel } = this.#places;
		const place = panel ?? root;
		// Cards are kept, not made anew: the focus may be on one of them.
		const kept = new Map<string, HTMLElement>();
		for (const card of place.querySelectorAll<HTMLElement>("[data-arrival]")) {
			kept.set(card.dataset.arrival ?? "", card);
		}
		for (const one of this.#shown()) {
			const key = arrival(one);
			if (!kept.delete(key)) place.append(this.#card(one));
		}
		for (const card of kept.values()) leave(card);
		const empty = panel?.querySelector<HTMLElement>("[data-empty]");
		if (empty) empty.hidden = this.#waiting.length > 0;
		if (!panel) root.hidden = this.#shown().length === 0;
		this.tellTime();
	}

	/** On the day page all of them; elsewhere those nobody has answered yet and the page itself does not offer. */
	#shown(): Waiting[] {
		const { panel, root } = this.#places;
		if (panel) return this.#waiting;
		return this.#waiting.filter(
			(one) =>
				!remembered("soon", one) && one.appointment !== root.dataset.here,
		);
	}

	#card(one: Waiting): HTMLElement {
		const card = this.#places.card.content.firstElementChild?.cloneNode(true);
		if (!(card instanceof HTMLElement))
			throw new Error("waiting-card is empty");
		card.dataset.arrival = arrival(one);
		if (this.#places.panel) card.classList.add("nb-card", "waitbox");
		put(card, "initials", one.initials);
		put(card, "title", this.#text("waits", { name: one.name }));
		for (const text of one.checks) addCheck(card, text);
		const admit = card.querySelector<HTMLAnchorElement>("[data-admit]");
		if (admit) admit.href = one.admitUrl;
		const soon = card.querySelector<HTMLButtonElement>("[data-soon]");
		soon?.addEventListener("click", () => this.#soon(one, card, soon));
		if (remembered("soon", one)) this.#markSoon(card);
		return card;
	}

	#soon(one: Waiting, card: HTMLElement, button: HTMLButtonElement): void {
		button.disabled = true;
		this.#post(one.seenUrl, { soon: true })
			.then(() => {
				remember("soon", one);
				this.#markSoon(card);
				this.#say(this.#text("soon", { name: one.name }));
				this.#render();
			})
			.catch(() => {
				button.disabled = false;
			});
	}

	#markSoon(card: HTMLElement): void {
		card.querySelector("[data-soon]")?.remove();
		card
			.querySelector<HTMLElement>("[data-soon-said]")
			?.removeAttribute("hidden");
	}

	#announce(): void {
		const news = this.#waiting.filter((one) => !remembered("rung", one));
		const text = news
			.map((one) => this.#text("waits", { name: one.name }))
			.join(". ");
		if (news.length > 0 && text !== this.#told) {
			this.#told = text;
			this.#say(text);
			// In a talk both would hear it.
			if (!this.#talk) knock();
			notify(this.#text("notification", {}));
		}
		for (const one of news) remember("rung", one);
	}

	#say(text: string): void {
		this.#places.say.textContent = text;
	}

	#since(one: Waiting): string {
		const waited = Date.now() - new Date(one.since).getTime();
		const minutes = Math.max(0, Math.floor(waited / 60_000));
		const start = new Date(one.startsAt).toLocaleTimeString(
			document.documentElement.lang || "de",
			{ hour: "2-digit", minute: "2-digit" },
		);
		const key = minutes === 0 ? "now" : minutes === 1 ? "minute" : "minutes";
		return this.#text(key, { minutes: String(minutes), start });
	}

	#text(key: string, values: Record<string, string>): string {
		const template = this.#places.root.getAttribute(`data-text-${key}`) ?? "";
		return template.replace(
			/\{(\w+)\}/g,
			(_, name: string) => values[name] ?? "",
		);
	}

	async #post(url: string, body: object): Promise<void> {
		const response = await fetch(url, {
			method: "POST",
			headers: {
				"Content-Type": "application/json",
				"X-CSRFToken": this.#places.root.dataset.csrf ?? "",
			},
			body: JSON.stringify(body),
		});
		if (!response.ok) throw new Error(`seen: ${response.status}`);
	}
}

/** A card that goes while the focus is on it hands the focus to the page. */
function leave(card: HTMLElement): void {
	const hadFocus = card.contains(document.activeElement);
	card.remove();
	if (!hadFocus) return;
	const main = document.querySelector("main");
	main?.setAttribute("tabindex", "-1");
	main?.focus();
}

function put(card: Element, name: string, text: string): void {
	const slot = card.querySelector(`[data-put="${name}"]`);
	if (slot && slot.textContent !== text) slot.textContent = text;
}

function addCheck(card: HTMLElement, text: string): void {
	const list = card.querySelector("[data-checks]");
	const model = list?.querySelector("template");
	const item = model?.content.firstElementChild?.cloneNode(true);
	if (!list || !(item instanceof HTMLElement)) return;
	item.append(text);
	list.append(item);
}

function remembered(what: string, one: Waiting): boolean {
	return sessionStorage.getItem(`nb-${what} ${arrival(one)}`) !== null;
}

function remember(what: string, one: Waiting): void {
	sessionStorage.setItem(`nb-${what} ${arrival(one)}`, "1");
}

/** For those who work in another window. The text names nobody: it may show on a locked screen. */
function notify(text: string): void {
	if (document.visibilityState === "visible") return;
	if (!("Notification" in window) || Notification.permission !== "granted")
		return;
	const note = new Notification(text, { tag: "nahbar-waiting" });
	note.addEventListener("click", () => {
		window.focus();
		note.close();
	});
}

function offerNotifications(): void {
	if (!("Notification" in window)) return;
	for (const button of document.querySelectorAll<HTMLElement>(
		"[data-notify]",
	)) {
		button.hidden = Notification.permission !== "default";
		button.addEventListener("click", () => {
			void Notification.requestPermission().then(() => {
				button.hidden = true;
			});
		});
	}
}
