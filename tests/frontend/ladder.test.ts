import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import {
	climb,
	firstRung,
	type Ladder,
	ladder,
	type Rung,
	type Sample,
} from "../../frontend/call/ladder";

const GOOD: Sample = { loss: 0, roundTrip: 0.05, available: 300 };
const LOSSY: Sample = { ...GOOD, loss: 0.1 };
const TERRIBLE: Sample = { ...GOOD, loss: 0.2 };
const STARVED: Sample = { ...GOOD, available: 30 };
const SLOW: Sample = { ...GOOD, roundTrip: 1.8 };

function after(seconds: number, sample: Sample, start: Ladder): Ladder {
	let now = start;
	for (let second = 0; second < seconds; second += 1) now = climb(now, sample);
	return now;
}

function rungs(seconds: number, sample: Sample, start: Ladder): Rung[] {
	const seen: Rung[] = [start.rung];
	let now = start;
	for (let second = 0; second < seconds; second += 1) {
		now = climb(now, sample);
		if (now.rung !== seen.at(-1)) seen.push(now.rung);
	}
	return seen;
}

test("a good line stays on top", () => {
	deepEqual(rungs(300, GOOD, ladder("saver")), ["saver"]);
});

test("one bad second is none", () => {
	equal(after(2, LOSSY, ladder("saver")).rung, "saver");
	equal(after(1, TERRIBLE, ladder("saver")).rung, "saver");
});

test("a bad line goes down rung by rung, sound stays", () => {
	const down: Rung[] = ["full", "saver", "still", "sound"];
	deepEqual(rungs(60, LOSSY, ladder("full")), down);
	deepEqual(rungs(60, SLOW, ladder("full")), down);
});

test("a fifth of the packets lost leaves sound alone within five seconds", () => {
	deepEqual(rungs(4, TERRIBLE, ladder("saver")), ["saver", "sound"]);
});

test("a starved line keeps what it carries", () => {
	const down = rungs(12, STARVED, ladder("full"));
	deepEqual(down, ["full", "saver", "still"]);
});

test("the picture comes back slowly, rung by rung", () => {
	const sound = ladder("saver", "sound");
	equal(after(7, GOOD, sound).rung, "sound");
	equal(after(8, GOOD, sound).rung, "still");
	equal(after(16, GOOD, sound).rung, "saver");
	equal(after(300, GOOD, sound).rung, "saver");
});

test("a try that failed makes the next one wait longer, up to a minute", () => {
	let now = ladder("saver", "sound");
	const waits: number[] = [];
	for (let attempt = 0; attempt < 6; attempt += 1) {
		let seconds = 0;
		while (now.rung === "sound") {
			now = climb(now, GOOD);
			seconds += 1;
		}
		waits.push(seconds);
		now = after(2, TERRIBLE, now);
	}
	// What was lost before weighs for a second or two more.
	deepEqual(waits, [8, 17, 34, 65, 65, 65]);
});

test("lucky seconds of a bad line are no reason to try a picture", () => {
	let now = ladder("saver", "sound");
	for (let second = 0; second < 300; second += 1) {
		// A tenth is lost, but not in every second.
		const loss = second % 12 === 0 ? 0.2 : second % 3 === 0 ? 0.3 : 0;
		now = climb(now, { ...GOOD, loss });
		equal(now.rung, "sound");
	}
	equal(now.patience, 8);
});

test("whoever pays for it gets less, at once", () => {
	const full = ladder("full");
	equal(climb({ ...full, top: "saver" }, GOOD).rung, "saver");
});

test("a line known to be poor begins with sound", () => {
	equal(firstRung("saver", 0.05, false), "saver");
	equal(firstRung("saver", 0, false), "saver");
	equal(firstRung("saver", 1.2, false), "sound");
	equal(firstRung("full", 0.05, true), "sound");
});
