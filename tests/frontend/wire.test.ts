import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import {
	decode,
	encode,
	LINE_LIMIT,
	type Message,
	type Side,
} from "../../frontend/call/wire";

const SIDE: Side = {
	microphone: "on",
	spoken: 0.02,
	sent: 900,
	received: null,
	heard: 0,
	playback: "paused",
	bluetooth: false,
	outputs: 2,
};
const bytes = (value: unknown) =>
	new TextEncoder().encode(JSON.stringify(value));

test("every message arrives as it was sent", () => {
	const messages: Message[] = [
		{ kind: "edit", line: 0, revision: 3, at: 6, text: "Tag, سلام 👍🏽" },
		{ kind: "line", line: 1, text: "" },
		{ kind: "hello", of: "", have: 0, line: 2, revision: 9 },
		{ kind: "kept" },
		{ kind: "ask" },
		{ kind: "side", side: SIDE },
		{ kind: "help", finding: "paused_here" },
	];

	deepEqual(
		messages.map((message) => decode(encode("ab12", message))),
		messages.map((message) => ({ page: "ab12", message })),
	);
});

test("half a letter at the end of an edit arrives as it is", () => {
	const message: Message = {
		kind: "edit",
		line: 0,
		revision: 1,
		at: 1,
		text: "\ud83d",
	};

	deepEqual(decode(encode("ab", message)), { page: "ab", message });
});

test("a newer version is told apart", () => {
	equal(decode(bytes({ version: 2, page: "a", kind: "ask" })), "version");
});

test("what is not ours is refused", () => {
	const good = {
		version: 1,
		page: "a",
		kind: "edit",
		line: 0,
		revision: 1,
		at: 0,
		text: "x",
	};
	const bad: unknown[] = [
		null,
		[],
		"text",
		{ ...good, page: 7 },
		{ ...good, page: "" },
		{ ...good, page: "p".repeat(41) },
		{ ...good, kind: "constructor" },
		{ ...good, kind: undefined },
		{ ...good, line: -1 },
		{ ...good, line: 1.5 },
		{ ...good, line: "0" },
		{ ...good, at: LINE_LIMIT + 1 },
		{ ...good, text: "x".repeat(LINE_LIMIT + 1) },
		{ ...good, text: null },
		{ version: 1, page: "a", kind: "side", side: { ...SIDE, heard: "loud" } },
		{ version: 1, page: "a", kind: "side", side: null },
		{ version: 1, page: "a", kind: "help", finding: 3 },
	];

	deepEqual(
		bad.map((one) => decode(bytes(one))),
		bad.map(() => "shape"),
	);
	equal(decode(new Uint8Array([0xff, 0xfe])), "shape");
	equal(decode(new Uint8Array(20_000).fill(32)), "shape");
});
