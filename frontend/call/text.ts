// The panel of the written talk: real-time text and chat in one thread.
import type { Translate } from "./config";
import type { Conversation, View } from "./conversation";
import { byId, setText } from "./dom";

/** More lines than anybody types in a talk; a flood ends in the oldest going. */
const LINES_KEPT = 1000;
/** What was said to screen readers and is past. */
const SAID_KEPT = 3;

interface Said {
	who: string;
	text: string;
}

export class TextPanel implements View {
	readonly #t: Translate;
	readonly #name: string;
	readonly #panel = byId("text");
	readonly #opener = byId("btn-text");
	readonly #log = byId("text-log");
	readonly #lines = byId("text-lines");
	readonly #draft = byId("text-draft");
	readonly #draftText = byId("text-draft-text");
	readonly #field = byId<HTMLTextAreaElement>("text-field");
	readonly #thread: Said[] = [];

	constructor({ t, name }: { t: Translate; name: string }) {
		this.#t = t;
		this.#name = name;
		this.#field.placeholder = t("text_nobody", { name });
	}

	wire(conversation: Conversation): void {
		const field = this.#field;
		field.addEventListener("keydown", (event) => {
			if (event.key !== "Enter" || event.isComposing) return;
			event.preventDefault();
			this.#finish(conversation);
		});
		field.addEventListener("input", (event) => {
			const { inputType } = event as InputEvent;
			// A line is one line. To write into the field without need would break a word half composed.
			if (field.value.includes("\n"))
				field.value = field.value.replace(/\n/g, " ");
			// Keyboards on a screen have an Enter without a key.
			if (inputType === "insertLineBreak") this.#finish(conversation);
			else conversation.write(field.value);
			this.#fit();
		});
		byId("text-form").addEventListener("submit", (event) => {
			event.preventDefault();
			this.#finish(conversation);
			field.focus();
		});
		const late = byId<HTMLInputElement>("text-late");
		late.addEventListener("change", () => conversation.setLate(late.checked));
		byId("text-close").addEventListener("click", () => this.toggle());
		this.#panel.addEventListener("keydown", (event) => {
			if (event.key === "Escape" && !event.isComposing) this.toggle();
		});
		document
			.getElementById("text-keep")
			?.addEventListener("click", () => this.#keep(conversation));
		window.visualViewport?.addEventListener("resize", () => this.#makeRoom());
	}

	get #closed(): boolean {
		return Boolean(this.#panel.hidden);
	}

	/** Somebody is there who can read it. */
	open(): void {
		this.#field.disabled = false;
		this.#field.placeholder = this.#t("text_here");
	}

	clearField(): void {
		this.#field.value = "";
		this.#fit();
	}

	toggle(): void {
		const opens = this.#closed;
		this.#panel.hidden = !opens;
		this.#opener.setAttribute("aria-expanded", String(opens));
		this.#panel.parentElement?.classList.toggle("has-text", opens);
		this.#makeRoom();
		if (opens) this.#arrive();
		else this.#opener.focus();
	}

	theirDraft(draft: string): void {
		const text = oneLine(draft);
		if (text && !this.#draftText.textContent) this.#say("text_writes");
		if (text && this.#closed) this.#mark(true);
		setText(this.#draftText, text);
		this.#draft.hidden = text === "";
		this.#stayBelow();
	}

	theirLine(line: string): void {
		const text = oneLine(line);
		if (text) {
			this.#add({ who: this.#name, text }, "t-line");
			if (this.#closed) this.#mark(true);
			this.#say(this.#closed ? "text_came" : "text_said", text);
		}
		this.theirDraft("");
	}

	theyKept(): void {
		const text = this.#t("text_kept", { name: this.#name });
		this.#add({ who: "", text }, "t-line t-line--note");
		this.#say("text_kept");
	}

	#arrive(): void {
		this.#mark(false);
		this.#log.scrollTop = this.#log.scrollHeight;
		// On a phone the keyboard would cover half of what there is to read.
		const typing = matchMedia("(pointer: fine)").matches;
		if (typing && !this.#field.disabled) this.#field.focus();
		else this.#log.focus();
	}

	#finish(conversation: Conversation): void {
		const text = this.#field.value.trim();
		this.clearField();
		if (text) {
			this.#add({ who: this.#t("text_you"), text }, "t-line t-line--own");
			this.#log.scrollTop = this.#log.scrollHeight;
			conversation.finish(text);
		} else conversation.write("");
	}

	#add(said: Said, className: string): void {
		const item = document.createElement("li");
		item.className = className;
		item.append(part("span", said.who), part("bdi", said.text));
		this.#lines.append(item);
		this.#thread.push(said);
		if (this.#thread.length > LINES_KEPT) {
			this.#thread.shift();
			this.#lines.firstElementChild?.remove();
		}
		this.#stayBelow();
	}

	/** Whoever reads further up is not pulled down. */
	#stayBelow(): void {
		const { scrollTop, scrollHeight, clientHeight } = this.#log;
		if (scrollHeight - scrollTop - clientHeight < 120)
			this.#log.scrollTop = scrollHeight;
	}

	/** To screen readers: in turn, and gone again, so that nobody finds everything twice. */
	#say(key: string, text = ""): void {
		const said = byId("text-said");
		said.append(part("p", this.#t(key, { name: this.#name, text })));
		while (said.children.length > SAID_KEPT) said.firstElementChild?.remove();
	}

	#mark(unread: boolean): void {
		byId("text-unread").hidden = !unread;
	}

	/** The field grows with its line. */
	#fit(): void {
		this.#field.style.height = "auto";
		this.#field.style.height = `${this.#field.scrollHeight + 2}px`;
	}

	/** A keyboard on the screen covers the page without telling its layout. */
	#makeRoom(): void {
		const view = window.visualViewport;
		const talk = byId("stage").parentElement;
		if (!view || !talk) return;
		const covered = window.innerHeight - view.height > 100 && view.scale < 1.1;
		const squeezed = covered && !this.#closed;
		talk.classList.toggle("is-squeezed", squeezed);
		talk.style.height = squeezed ? `${view.height}px` : "";
		talk.style.top = squeezed ? `${view.offsetTop}px` : "";
		this.#fit();
		this.#log.scrollTop = this.#log.scrollHeight;
	}

	/** A file made here: no copy is kept anywhere else. */
	#keep(conversation: Conversation): void {
		const lines = this.#thread.map(({ who, text }) =>
			who ? `${who}: ${text}` : text,
		);
		const head = [this.#t("keep_head", { name: this.#name }), keptAt(), ""];
		const file = new Blob([[...head, ...lines, ""].join("\r\n")], {
			type: "text/plain;charset=utf-8",
		});
		const link = document.createElement("a");
		link.href = URL.createObjectURL(file);
		link.download = this.#t("keep_file");
		link.click();
		setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
		conversation.kept();
		this.#say("keep_said");
	}
}

function part(tag: string, text: string): HTMLElement {
	const element = document.createElement(tag);
	element.dir = "auto";
	element.textContent = text;
	return element;
}

const keptAt = (): string =>
	new Date().toLocaleString(document.documentElement.lang, {
		dateStyle: "long",
		timeStyle: "short",
	});

/** Breaks and marks of direction in what they sent could pass for lines of somebody else, also in the copy. */
function oneLine(text: string): string {
	return text.replace(/[\r\n\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, " ");
}
