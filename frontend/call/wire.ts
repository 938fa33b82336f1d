// What the two pages of a talk say to each other over the media server's data line.
// Nothing of it is trusted: a message of another shape is ignored.

export const LINE_LIMIT = 2000;
const BYTES_LIMIT = 16_000;
const VERSION = 1;

export const MICROPHONES = ["none", "off", "ended", "held", "on"] as const;
export const PLAYBACKS = ["paused", "muted", "on"] as const;

/** What one page knows of its own sound. Never a device's name: that may hold a person's. */
export interface Side {
	/** "held": the system or a button on the headset keeps it silent. */
	microphone: (typeof MICROPHONES)[number];
	/** Loudness of one's own microphone, 0 to 1. Like all figures: null is not known. */
	spoken: number | null;
	/** Bytes of sound that went out meanwhile, and that came in. */
	sent: number | null;
	received: number | null;
	/** Loudness of what came in. */
	heard: number | null;
	playback: (typeof PLAYBACKS)[number];
	bluetooth: boolean;
	/** How many places for sound this page can choose between. */
	outputs: number;
}

/** Letters of the line being written: from `at` on it now reads `text`. */
export interface Edit {
	kind: "edit";
	line: number;
	revision: number;
	at: number;
	text: string;
}

/** A finished line, whole. */
export interface Line {
	kind: "line";
	line: number;
	text: string;
}

/** "I am here": what I have of yours, and how far mine has come. */
export interface Hello {
	kind: "hello";
	/** The page whose lines I have; empty: of none. */
	of: string;
	have: number;
	line: number;
	revision: number;
}

export type Message =
	| Edit
	| Line
	| Hello
	| { kind: "kept" }
	| { kind: "ask" }
	| { kind: "side"; side: Side }
	| { kind: "help"; finding: string };

export type Kind = Message["kind"];
export type Of<K extends Kind> = Extract<Message, { kind: K }>;

export interface Envelope {
	/** One loading of a page: after a reload it is another. */
	page: string;
	message: Message;
}

type Check = (value: unknown) => boolean;
type Shape = Record<string, Check>;

const within = (least: number, most: number): Check => {
	return (value) =>
		typeof value === "number" && value >= least && value <= most;
};
const count: Check = (value) =>
	Number.isSafeInteger(value) && within(0, 1e9)(value);
const figure: Check = (value) => value === null || within(0, 1e12)(value);
const words =
	(most: number): Check =>
	(value) =>
		typeof value === "string" && value.length <= most;
const flag: Check = (value) => typeof value === "boolean";
const oneOf =
	(all: readonly string[]): Check =>
	(value) =>
		typeof value === "string" && all.includes(value);

const SIDE: Shape = {
	microphone: oneOf(MICROPHONES),
	playback: oneOf(PLAYBACKS),
	spoken: figure,
	sent: figure,
	received: figure,
	heard: figure,
	bluetooth: flag,
	outputs: count,
};

const SHAPES: Record<Kind, Shape> = {
	edit: {
		line: count,
		revision: count,
		at: within(0, LINE_LIMIT),
		text: words(LINE_LIMIT),
	},
	line: { line: count, text: words(LINE_LIMIT) },
	hello: { of: words(40), have: count, line: count, revision: count },
	kept: {},
	ask: {},
	side: { side: (value) => isRecord(value) && fits(value, SIDE) },
	help: { finding: words(40) },
};

export function encode(
	page: string,
	message: Message,
): Uint8Array<ArrayBuffer> {
	const text = JSON.stringify({ version: VERSION, page, ...message });
	return new TextEncoder().encode(text);
}

/** "version": from a newer page; "shape": not one of ours. Both are ignored. */
export function decode(data: Uint8Array): Envelope | "version" | "shape" {
	const raw = parse(data);
	if (!isRecord(raw)) return "shape";
	const { version, page, ...message } = raw;
	if (version !== VERSION) return "version";
	if (typeof page !== "string" || page === "" || page.length > 40)
		return "shape";
	return isMessage(message) ? { page, message } : "shape";
}

function parse(data: Uint8Array): unknown {
	if (data.length > BYTES_LIMIT) return null;
	try {
		return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data));
	} catch {
		return null;
	}
}

function isMessage(value: Record<string, unknown>): value is Message & {
	[key: string]: unknown;
} {
	const { kind } = value;
	return (
		typeof kind === "string" &&
		Object.hasOwn(SHAPES, kind) &&
		fits(value, SHAPES[kind as Kind])
	);
}

const fits = (value: Record<string, unknown>, shape: Shape): boolean =>
	Object.entries(shape).every(([key, check]) => check(value[key]));

function isRecord(value: unknown): value is Record<string, unknown> {
	return typeof value === "object" && value !== null && !Array.isArray(value);
}
