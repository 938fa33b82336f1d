import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { diagnose, type Finding, told } from "../../frontend/call/diagnose";
import type { Side } from "../../frontend/call/wire";

const FINE: Side = {
	microphone: "on",
	spoken: 0.05,
	sent: 4000,
	received: 4000,
	heard: 0.05,
	playback: "on",
	bluetooth: false,
	outputs: 0,
};

const found = (
	own: Partial<Side>,
	other: Partial<Side> | null,
	present = true,
): Finding[] =>
	diagnose({
		own: { ...FINE, ...own },
		other: other && { ...FINE, ...other },
		present,
	});
const keys = (...facts: Parameters<typeof found>) =>
	found(...facts).map(({ key }) => key);

test("the other person's microphone is found where it is silent", () => {
	const cases: [Partial<Side>, string][] = [
		[{ microphone: "none" }, "microphone_none_there"],
		[{ microphone: "off" }, "microphone_off_there"],
		[{ microphone: "ended" }, "microphone_ended_there"],
		[{ microphone: "held" }, "microphone_held_there"],
		[{ sent: 0 }, "not_sent_there"],
		[{ spoken: 0 }, "silent_there"],
	];

	deepEqual(
		cases.map(([other]) => keys({}, other)),
		cases.map(([, key]) => [key]),
	);
});

test("one's own playback is found where it is silent", () => {
	const cases: [Partial<Side>, string][] = [
		[{ playback: "paused" }, "paused_here"],
		[{ playback: "muted" }, "silenced_here"],
		[{ received: 0 }, "line"],
		[{ heard: 0.0004 }, "quiet"],
		[{ bluetooth: true, outputs: 3 }, "bluetooth_here"],
		[{ outputs: 2 }, "output_here"],
		[{ outputs: 1 }, "volume_here"],
	];

	deepEqual(
		cases.map(([own]) => keys(own, {})),
		cases.map(([, key]) => [key]),
	);
});

test("a microphone that is off comes before everything at the ear", () => {
	deepEqual(keys({ playback: "paused" }, { microphone: "off" }), [
		"microphone_off_there",
	]);
});

test("not being heard is said too, with the tap that helps", () => {
	deepEqual(found({ microphone: "off" }, {}), [
		{ key: "volume_here", remedy: null, forThem: null },
		{ key: "microphone_off_here", remedy: "unmute", forThem: null },
	]);
	deepEqual(keys({}, { playback: "paused" }), ["volume_here", "paused_there"]);
});

test("what is only a guess is not said of the other direction", () => {
	deepEqual(keys({}, { outputs: 4, bluetooth: true }), ["volume_here"]);
});

test("a line that is dead both ways is said once", () => {
	deepEqual(keys({ received: 0 }, { received: 0 }), ["line"]);
});

test("without an answer only what this page sees counts", () => {
	deepEqual(keys({ playback: "paused" }, null), ["paused_here"]);
	deepEqual(keys({ received: 0, microphone: "off" }, null), ["line"]);
});

test("figures a browser does not give are not held against anybody", () => {
	const unknown = { spoken: null, sent: null, received: null, heard: null };

	deepEqual(keys(unknown, unknown), ["volume_here"]);
});

test("nobody there is said before anything else", () => {
	deepEqual(keys({ playback: "paused" }, null, false), ["alone"]);
});

test("what the other person can mend is said to their page, with its tap", () => {
	const [there] = found({}, { microphone: "off" });

	deepEqual(there, {
		key: "microphone_off_there",
		remedy: null,
		forThem: "microphone_off_here",
	});
	deepEqual(told("microphone_off_here"), {
		key: "microphone_off_here",
		remedy: "unmute",
		forThem: null,
	});
	deepEqual(told("paused_here")?.remedy, "play");
});

test("only causes on one's own side can be told", () => {
	for (const key of [
		"microphone_off_there",
		"line",
		"quiet_here",
		"",
		"toString_here",
	])
		equal(told(key)?.key ?? null, null);
});
