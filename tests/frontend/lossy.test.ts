import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { readWords, writeWords } from "../../frontend/call/line-words";
import { Lossy } from "../../frontend/call/lossy";

function looks(lossy: Lossy, seconds: number, loss: number): boolean {
	for (let second = 0; second < seconds; second += 1) lossy.look(loss);
	return lossy.on;
}

test("three lossy seconds are enough, two are not", () => {
	const lossy = new Lossy();
	equal(looks(lossy, 2, 0.1), false);
	equal(looks(lossy, 1, 0), false);
	equal(looks(lossy, 2, 0.1), false);
	equal(looks(lossy, 1, 0.1), true);
});

test("half a minute without loss ends it, and not before", () => {
	const lossy = new Lossy();
	looks(lossy, 3, 0.1);
	equal(looks(lossy, 29, 0.01), true);
	equal(looks(lossy, 1, 0.2), true);
	equal(looks(lossy, 29, 0), true);
	equal(looks(lossy, 1, 0), false);
});

test("what one page says of its line the other reads", () => {
	const words = { rung: "still", saver: false, takes: true, loses: true };
	deepEqual(readWords(writeWords({ ...words, rung: "still" })), words);
	// A page from before an update says less.
	const older = new TextEncoder().encode('{"rung":"saver"}');
	deepEqual(readWords(older), {
		rung: "saver",
		saver: true,
		takes: true,
		loses: false,
	});
});
