// One written talk: what is typed here goes out in small portions, what comes in is shown,
// and after an interruption each side fetches what it lacks.
import { Bucket, Reader, Writer } from "./rtt";
import type { Message, Of } from "./wire";

/** Until the other page answers: it may only just be fetching this code, or its line be coming back. */
const GREETED = 12;
const GREETED_EVERY_MS = 2000;

/** Pages of the other side: reloads, or a second device. Beyond that the oldest is forgotten. */
const PAGES = 8;

/** How long letters may wait for the next ones: EN 301 549 wants them sent within 500 ms. */
const PORTION_MS = 200;

export type TextMessage = Of<"edit" | "line" | "hello" | "kept">;

export interface View {
	theirDraft(text: string): void;
	theirLine(text: string): void;
	theyKept(): void;
}

export class Conversation {
	readonly #send: (message: Message) => void;
	readonly #view: View;
	readonly #writer = new Writer();
	readonly #readers = new Map<string, Reader>();
	readonly #asking = new Bucket(5, 1);
	readonly #answering = new Bucket(5, 1);
	/** What stands in the field, whether it was sent or not. */
	#text = "";
	#late = false;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#greeting: ReturnType<typeof setTimeout> | undefined;

	constructor(options: { send: (message: Message) => void; view: View }) {
		this.#send = options.send;
		this.#view = options.view;
	}

	/** Goes with every message: whose it is. */
	get page(): string {
		return this.#writer.page;
	}

	write(text: string): void {
		this.#text = text;
		if (this.#timer === undefined) this.#portion();
	}

	finish(text: string): void {
		this.#stop();
		this.#text = "";
		this.#send(this.#writer.finish(text));
	}

	/** Letters only once they are sent; what was shown of this line is taken back. */
	setLate(late: boolean): void {
		this.#late = late;
		this.#show();
	}

	/** At the beginning, and whenever a line is back: again until something is heard. */
	greet(tries = GREETED): void {
		clearTimeout(this.#greeting);
		this.#hello([...this.#readers.values()].at(-1));
		if (tries > 1) {
			const again = () => this.greet(tries - 1);
			this.#greeting = setTimeout(again, GREETED_EVERY_MS);
		}
	}

	/** Somebody else came: they get neither the old lines nor the one begun. */
	restart(): void {
		this.#stop();
		this.#text = "";
		this.#writer.restart();
	}

	kept(): void {
		this.#send({ kind: "kept" });
	}

	take(page: string, message: TextMessage): void {
		clearTimeout(this.#greeting);
		switch (message.kind) {
			case "hello":
				this.#answer(page, message);
				break;
			case "kept":
				this.#view.theyKept();
				break;
			default:
				this.#read(page, message);
		}
	}

	#read(page: string, message: Of<"edit" | "line">): void {
		const reader = this.#readerOf(page);
		const change = reader.take(message);
		if (change === null) return;
		if (change === "gap") this.#ask(reader);
		else if ("line" in change) this.#view.theirLine(change.line);
		else this.#view.theirDraft(change.draft);
	}

	#answer(page: string, hello: Of<"hello">): void {
		const reader = this.#readerOf(page);
		if (reader.lacks(hello)) this.#ask(reader);
		if (!this.#answering.take(Date.now())) return;
		for (const message of this.#writer.since(hello)) this.#send(message);
	}

	/** A page never seen begins anew; what was begun on the last one will not be finished. */
	#readerOf(page: string): Reader {
		const known = this.#readers.get(page);
		if (known) return known;
		const reader = new Reader(page);
		this.#readers.set(page, reader);
		const [oldest] = this.#readers.keys();
		if (this.#readers.size > PAGES && oldest) this.#readers.delete(oldest);
		this.#view.theirDraft("");
		return reader;
	}

	#ask(reader: Reader): void {
		if (this.#asking.take(Date.now())) this.#hello(reader);
	}

	#hello(reader?: Reader): void {
		this.#send(this.#writer.hello(reader));
	}

	/** At once, and then again as long as there is something new. */
	#portion(): void {
		this.#timer = undefined;
		if (!this.#show()) return;
		this.#timer = setTimeout(() => this.#portion(), PORTION_MS);
	}

	#show(): boolean {
		const edit = this.#writer.edit(this.#late ? "" : this.#text);
		if (edit) this.#send(edit);
		return edit !== null;
	}

	#stop(): void {
		clearTimeout(this.#timer);
		this.#timer = undefined;
	}
}
