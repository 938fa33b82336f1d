// Who waits, on every staff page: a panel on the day page, a notice elsewhere.
// Markup and words stand in shared/waiting.html.
import { knock } from "../call/sound";
import type {
	Asking,
	Waiting,
	WaitingAnswer,
	WorkerOrder,
} from "./waiting-types";

type Caller = Waiting | Asking;

interface Places {
	root: HTMLElement;
	panel: HTMLElement | null;
	say: HTMLElement;
	card: HTMLTemplateElement;
	asking: HTMLTemplateElement;
}

/** An arrival is one person's one stay; coming again is a new arrival. */
const arrival = (one: Caller): string => `${one.appointment} ${one.since}`;

const asks = (one: Caller): one is Asking => "changeUrl" in one;

export function watchWaiting(): void {
	const root = document.getElementById("waiting");
	const say = document.getElementById("waiting-say");
	const card = document.getElementById("waiting-card");
	const asking = document.getElementById("asking-card");
	const url = root?.dataset.url;
	const worker = root?.dataset.worker;
	if (!root || !say || !url || !worker) return;
	if (!(card instanceof HTMLTemplateElement)) return;
	if (!(asking instanceof HTMLTemplateElement)) return;
	const panel = document.getElementById("waiting-panel");
	const notice = new WaitingNotice({ root, panel, say, card, asking });
	const asker = new Worker(worker);
	asker.addEventListener("message", (event: MessageEvent<WaitingAnswer>) =>
		notice.show(event.data),
	);
	const order: WorkerOrder = { url };
	asker.postMessage(order);
	document.addEventListener("visibilitychange", () => notice.confirmShown());
	setInterval(() => notice.tellTime(), 20_000);
	offerNotifications();
}

class WaitingNotice {
	readonly #places: Places;
	#callers: Caller[] = [];
	#ahead = 0;
	#told: string | undefined;
	readonly #seen = new Set<string>();

	constructor(places: Places) {
		this.#places = places;
	}

	show({ asking, waiting, ahead }: WaitingAnswer): void {
		this.#ahead = ahead;
		this.#callers = [...asking, ...waiting].filter(
			(one) => one.appointment !== this.#talk,
		);
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
		for (const one of this.#callers) {
			const key = arrival(one);
			if (this.#seen.has(key)) continue;
			this.#seen.add(key);
			this.#post(one.seenUrl, {}).catch(() => this.#seen.delete(key));
		}
	}

	tellTime(): void {
		for (const one of this.#callers) {
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
		if (empty) empty.hidden = this.#callers.length > 0;
		if (!panel) root.hidden = this.#shown().length === 0;
		this.tellTime();
	}

	/** On the day page all of them; elsewhere those nobody has answered yet and the page itself does not offer. */
	#shown(): Caller[] {
		const { panel, root } = this.#places;
		if (panel) return this.#callers;
		return this.#callers.filter(
			(one) =>
				asks(one) ||
				(!remembered("soon", one) && one.appointment !== root.dataset.here),
		);
	}

	#card(one: Caller): HTMLElement {
		const { panel, card: waits, asking } = this.#places;
		const model = asks(one) ? asking : waits;
		const card = model.content.firstElementChild?.cloneNode(true);
		if (!(card instanceof HTMLElement)) throw new Error(`${model.id} is empty`);
		card.dataset.arrival = arrival(one);
		if (panel) card.classList.add("nb-card", "waitbox");
		put(card, "initials", one.initials);
		put(card, "title", this.#title(one));
		if (asks(one)) this.#offerChange(one, card);
		else this.#offerAdmission(one, card);
		return card;
	}

	#title(one: Caller): string {
		if (asks(one)) return this.#text("asks", { name: one.name });
		const absent = one.deputyFor;
		return absent
			? this.#text("deputy", { name: one.name, absent })
			: this.#text("waits", { name: one.name });
	}

	/** Decided by the server: the next answer takes the card away. */
	#offerChange(one: Asking, card: HTMLElement): void {
		const buttons = [...card.querySelectorAll<HTMLButtonElement>("button")];
		for (const button of buttons) {
			const url = "change" in button.dataset ? one.changeUrl : one.refuseUrl;
			button.addEventListener("click", () => {
				for (const other of buttons) other.disabled = true;
				this.#post(url, {}).catch(() => {
					for (const other of buttons) other.disabled = false;
				});
			});
		}
	}

	#offerAdmission(one: Waiting, card: HTMLElement): void {
		for (const text of one.checks) addCheck(card, text);
		const admit = card.querySelector<HTMLAnchorElement>("[data-admit]");
		const take = card.querySelector<HTMLFormElement>("[data-take]");
		if (admit) admit.href = one.admitUrl;
		if (take) take.action = one.takeUrl;
		(one.deputyFor ? admit : take)?.remove();
		const soon = card.querySelector<HTMLButtonElement>("[data-soon]");
		soon?.addEventListener("click", () => this.#soon(one, card, soon));
		if (remembered("soon", one)) this.#markSoon(card);
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
		const news = this.#callers.filter((one) => !remembered("rung", one));
		const text = news.map((one) => this.#title(one)).join(". ");
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

	#since(one: Caller): string {
		const now = Date.now() + this.#ahead;
		const waited = now - new Date(one.since).getTime();
		const minutes = Math.max(0, Math.floor(waited / 60_000));
		const start = new Date(one.startsAt).toLocaleTimeString(
			document.documentElement.lang || "de",
			{ hour: "2-digit", minute: "2-digit", timeZone: "Europe/Berlin" },
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

function remembered(what: string, one: Caller): boolean {
	return sessionStorage.getItem(`nb-${what} ${arrival(one)}`) !== null;
}

function remember(what: string, one: Caller): void {
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
