import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { Bucket, Reader, Writer } from "../../frontend/call/rtt";
import { LINE_LIMIT } from "../../frontend/call/wire";

/** A writer and a reader, and what the reader shows after each line. */
function pair() {
	const writer = new Writer();
	const reader = new Reader(writer.page);
	const type = (text: string) => {
		const edit = writer.edit(text);
		return edit && reader.take(edit);
	};
	const finish = (text: string) => reader.take(writer.finish(text));
	const catchUp = () =>
		writer
			.since(new Writer().hello(reader))
			.map((message) => reader.take(message));
	return { writer, reader, type, finish, catchUp };
}

test("letters arrive one by one", () => {
	const { type } = pair();

	deepEqual(["G", "Gu", "Gut"].map(type), [
		{ draft: "G" },
		{ draft: "Gu" },
		{ draft: "Gut" },
	]);
});

test("an edit carries only what follows the first difference", () => {
	const writer = new Writer();
	writer.edit("Guten Tag");

	deepEqual(writer.edit("Guten Morgen"), {
		kind: "edit",
		line: 0,
		revision: 2,
		at: 6,
		text: "Morgen",
	});
});

test("letters taken back and put in are taken back and put in there", () => {
	const { type } = pair();
	const steps = ["Hausse", "Haus", "Hans", "", "a👍🏽b", "a👍b"];

	deepEqual(
		steps.map(type),
		steps.map((draft) => ({ draft })),
	);
});

test("nothing new is not sent", () => {
	const writer = new Writer();
	writer.edit("Ja");

	equal(writer.edit("Ja"), null);
});

test("a finished line stands and the next begins empty", () => {
	const { reader, type, finish } = pair();
	type("Guten Ta");

	deepEqual(finish("Guten Tag"), { line: "Guten Tag" });
	deepEqual(type("W"), { draft: "W" });
	equal(reader.have, 1);
});

test("a line arrives once, however often it is sent", () => {
	const { writer, reader, finish, catchUp } = pair();
	finish("eins");
	finish("zwei");

	const again = writer.since({
		kind: "hello",
		of: "",
		have: 0,
		line: 0,
		revision: 0,
	});

	deepEqual(
		again.map((message) => reader.take(message)),
		[null, null, null],
	);
	deepEqual(catchUp(), [null]);
});

test("what was lost is a gap, and asked for", () => {
	const { writer, reader, type, finish, catchUp } = pair();
	type("a");
	writer.finish("abc");
	writer.edit("d");

	equal(type("de"), "gap");
	deepEqual(catchUp(), [{ line: "abc" }, { draft: "de" }]);
	deepEqual(type("def"), { draft: "def" });
	deepEqual(finish("defg"), { line: "defg" });
	equal(reader.have, 2);
});

test("a lost edit in the middle of a line is a gap", () => {
	const { writer, type, catchUp } = pair();
	type("ab");
	writer.edit("abc");

	equal(type("abcd"), "gap");
	deepEqual(catchUp(), [{ draft: "abcd" }]);
});

test("who greets says how far the own text has come", () => {
	const { writer, reader, finish } = pair();
	finish("eins");
	equal(reader.lacks(writer.hello()), false);
	writer.edit("zw");

	ok(reader.lacks(writer.hello()));
});

test("a reloaded page gets everything once more", () => {
	const writer = new Writer();
	writer.finish("eins");
	writer.edit("zw");
	const reloaded = new Reader(writer.page);

	const all = writer
		.since(new Writer().hello())
		.map((message) => reloaded.take(message));

	deepEqual(all, [{ line: "eins" }, { draft: "zw" }]);
});

test("somebody else gets nothing of what was written before", () => {
	const writer = new Writer();
	writer.finish("vertraulich");
	writer.edit("und mehr");
	writer.restart();

	const all = writer.since(new Writer().hello());

	deepEqual(all, [{ kind: "edit", line: 0, revision: 0, at: 0, text: "" }]);
});

test("a line ends at its limit", () => {
	const { type, finish } = pair();
	const long = "ä".repeat(LINE_LIMIT + 50);

	deepEqual(type(long), { draft: "ä".repeat(LINE_LIMIT) });
	deepEqual(finish(long), { line: "ä".repeat(LINE_LIMIT) });
});

test("random edits end in the same line on both sides", () => {
	let seed = 7;
	const random = (below: number) => {
		seed = (seed * 48271) % 2147483647;
		return seed % below;
	};
	const { reader, type, finish } = pair();
	let text = "";
	for (let step = 0; step < 3000; step += 1) {
		const at = random(text.length + 1);
		const cut = random(4);
		text =
			text.slice(0, at) + "abcö👍".slice(0, random(6)) + text.slice(at + cut);
		if (random(25) === 0) {
			deepEqual(finish(text), { line: text });
			text = "";
		} else {
			type(text);
			equal(reader.draft, text);
		}
	}
});

test("a bucket takes so many at once and fills again with time", () => {
	const bucket = new Bucket(3, 2);
	const now = 1_000_000;

	deepEqual(
		[0, 0, 0, 0, 499, 500, 500].map((after) => bucket.take(now + after)),
		[true, true, true, false, false, true, false],
	);
});
