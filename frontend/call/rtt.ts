// Real-time text without a page: how one's own letters become messages, and messages a line again.
// The data line keeps order and loses nothing while it stands; what an outage took is asked for.
import { type Edit, type Hello, LINE_LIMIT, type Line } from "./wire";

/** One's own side: the lines finished on this page and the one being written. */
export class Writer {
	#page = newPage();
	#lines: string[] = [];
	/** What the other side has been shown of the line being written. */
	#shown = "";
	#revision = 0;

	get page(): string {
		return this.#page;
	}

	/** The shortest message that makes of what they see what stands here; null: they see it already. */
	edit(text: string): Edit | null {
		const now = text.slice(0, LINE_LIMIT);
		if (now === this.#shown) return null;
		const at = commonStart(this.#shown, now);
		this.#shown = now;
		this.#revision += 1;
		return this.#edit(at);
	}

	finish(text: string): Line {
		const line = this.#lines.push(text.slice(0, LINE_LIMIT)) - 1;
		this.#shown = "";
		return this.#line(line);
	}

	/** Says where both stand, so that each can ask for what it lacks. */
	hello(reader?: Reader): Hello {
		return {
			kind: "hello",
			of: reader?.page ?? "",
			have: reader?.have ?? 0,
			line: this.#lines.length,
			revision: this.#revision,
		};
	}

	/** Everything the other side lacks, in order. */
	since(hello: Hello): (Line | Edit)[] {
		const have = hello.of === this.#page ? hello.have : 0;
		const lines: (Line | Edit)[] = [];
		for (let line = have; line < this.#lines.length; line += 1) {
			lines.push(this.#line(line));
		}
		return [...lines, this.#edit(0)];
	}

	/** Somebody else is there now: what was written before is not theirs to read. */
	restart(): void {
		this.#page = newPage();
		this.#lines = [];
		this.#shown = "";
		this.#revision = 0;
	}

	#line(line: number): Line {
		return { kind: "line", line, text: this.#lines[line] ?? "" };
	}

	#edit(at: number): Edit {
		return {
			kind: "edit",
			line: this.#lines.length,
			revision: this.#revision,
			at,
			text: this.#shown.slice(at),
		};
	}
}

/** What came of a message: a change to show, nothing, or a hole to ask about. */
export type Change = { draft: string } | { line: string } | "gap" | null;

/** One page of the other side, as far as it is known here. After a reload it is another page. */
export class Reader {
	readonly page: string;
	#have = 0;
	#draft = "";
	#revision = 0;

	constructor(page: string) {
		this.page = page;
	}

	get have(): number {
		return this.#have;
	}

	get draft(): string {
		return this.#draft;
	}

	take(message: Edit | Line): Change {
		if (message.line < this.#have) return null;
		if (message.line > this.#have) return "gap";
		return message.kind === "line"
			? this.#finish(message)
			: this.#change(message);
	}

	/** Whether they have written what did not arrive. */
	lacks(hello: Hello): boolean {
		return hello.line > this.#have || hello.revision > this.#revision;
	}

	#finish({ text }: Line): Change {
		this.#have += 1;
		this.#draft = "";
		return { line: text };
	}

	#change({ revision, at, text }: Edit): Change {
		if (revision <= this.#revision) return null;
		const whole = at === 0;
		const next = revision === this.#revision + 1 && at <= this.#draft.length;
		if (!whole && !next) return "gap";
		this.#revision = revision;
		this.#draft = (this.#draft.slice(0, at) + text).slice(0, LINE_LIMIT);
		return { draft: this.#draft };
	}
}

/** So many at once, and so many a second: what comes beyond is not taken. */
export class Bucket {
	readonly #most: number;
	readonly #perSecond: number;
	#left: number;
	#at = 0;

	constructor(most: number, perSecond: number) {
		this.#most = most;
		this.#perSecond = perSecond;
		this.#left = most;
	}

	take(now: number): boolean {
		const back = ((now - this.#at) / 1000) * this.#perSecond;
		this.#left = Math.min(this.#most, this.#left + Math.max(0, back));
		this.#at = now;
		if (this.#left < 1) return false;
		this.#left -= 1;
		return true;
	}
}

function commonStart(one: string, other: string): number {
	let at = 0;
	while (at < one.length && one[at] === other[at]) at += 1;
	return at;
}

function newPage(): string {
	const bytes = crypto.getRandomValues(new Uint8Array(8));
	return Array.from(bytes, (byte) => byte.toString(16)).join("");
}
