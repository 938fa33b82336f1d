// What stands beside the talk: the written one, and help when nothing is heard.
// A bundle of its own, fetched late (later.ts).
import { translator } from "./config";
import { Conversation } from "./conversation";
import type { Devices } from "./devices";
import { byId } from "./dom";
import { Hearing } from "./hearing";
import type { Link } from "./link";
import type { Log } from "./room-types";
import { Bucket } from "./rtt";
import type { Sheets } from "./sheets";
import { TextPanel } from "./text";
import { decode, type Envelope, encode, type Message } from "./wire";

export interface Parts {
	link: Pick<Link, "room">;
	devices: Pick<Devices, "microphone" | "wanted">;
	sheets: Sheets;
	/** The other person, as one would say it in a sentence. */
	name: string;
	log: Log;
}

export class Beside {
	readonly #parts: Parts;
	readonly #panel: TextPanel;
	readonly #conversation: Conversation;
	readonly #hearing: Hearing;
	/** A talk of years of typing passes; a flood does not. */
	readonly #coming = new Bucket(300, 30);
	readonly #said = new Set<string>();
	#peer: string | null = null;
	#present = false;

	constructor(parts: Parts) {
		this.#parts = parts;
		const { name, link, devices, sheets, log } = parts;
		const t = translator(readTexts());
		const send = (message: Message) => this.#send(message);
		this.#panel = new TextPanel({ t, name });
		this.#conversation = new Conversation({ send, view: this.#panel });
		this.#panel.wire(this.#conversation);
		this.#hearing = new Hearing({ t, name, link, devices, sheets, log, send });
		this.meet();
	}

	toggleText(): void {
		this.#panel.toggle();
	}

	examine(): void {
		void this.#hearing.examine();
	}

	/** Looks who is there. Whoever comes back is told what they missed, a stranger is not. */
	meet(): void {
		const other = this.#parts.link.room?.other ?? null;
		const came = other !== null && (!this.#present || other !== this.#peer);
		this.#present = other !== null;
		if (!came) return;
		if (this.#peer !== null && this.#peer !== other) {
			this.#panel.clearField();
			this.#conversation.restart();
		}
		this.#peer = other;
		this.#panel.open();
		this.greet();
	}

	greet(): void {
		this.#conversation.greet();
	}

	onData(data: Uint8Array): void {
		const envelope = this.#coming.take(Date.now()) ? decode(data) : "flood";
		if (typeof envelope === "string") this.#ignore(envelope);
		else this.#take(envelope);
	}

	#take({ page, message }: Envelope): void {
		switch (message.kind) {
			case "ask":
			case "side":
			case "help":
				this.#hearing.take(message);
				break;
			default:
				this.#conversation.take(page, message);
		}
	}

	#send(message: Message): void {
		const data = encode(this.#conversation.page, message);
		// What an outage swallows is made good when both greet.
		this.#parts.link.room?.send(data).catch(() => undefined);
	}

	/** One line in the log for each kind, however many there are. */
	#ignore(reason: string): void {
		if (this.#said.has(reason)) return;
		this.#said.add(reason);
		this.#parts.log("data-ignored", { reason });
	}
}

function readTexts(): Record<string, string> {
	return JSON.parse(byId("nb-beside").textContent ?? "{}");
}
