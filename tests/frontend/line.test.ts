import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { LineMeter } from "../../frontend/call/line";

/** A browser's report on one stream that is received; lost and received count from the beginning. */
function report(packetsLost: number, packetsReceived: number) {
	const entry = { type: "inbound-rtp", packetsLost, packetsReceived };
	const stats = new Map([["in", entry]]) as unknown as RTCStatsReport;
	return { getStats: () => Promise.resolve(stats) };
}

/** What each look makes of `[lost, received]`. */
async function looks(counts: [number, number][]): Promise<number[]> {
	const meter = new LineMeter();
	const found: number[] = [];
	for (const [lost, received] of counts) {
		const line = await meter.look(undefined, report(lost, received));
		found.push(Math.round(line.receiving.loss * 100) / 100);
	}
	return found;
}

test("loss is that of the last second", async () => {
	deepEqual(
		await looks([
			[0, 20],
			[0, 40],
			[5, 55],
			[5, 75],
		]),
		[0, 0, 0.25, 0],
	);
});

test("a handful of packets leaves what was known of the line", async () => {
	const counts: [number, number][] = [
		[0, 20],
		[5, 35],
		[5, 37],
		[6, 39],
		[6, 60],
	];
	deepEqual(await looks(counts), [0, 0.25, 0.25, 0.25, 0]);
});

test("what a cut cost is no loss of the line after it", async () => {
	const counts: [number, number][] = [
		[0, 20],
		[0, 20],
		[0, 20],
		[150, 30],
		[150, 50],
		[155, 65],
		[160, 80],
	];
	deepEqual(await looks(counts), [0, 0, 0, 0, 0, 0.25, 0.25]);
});

test("silence is counted in looks and ends with the first packet", async () => {
	const meter = new LineMeter();
	const silences: number[] = [];
	for (const received of [20, 20, 20, 21]) {
		await meter.look(undefined, report(0, received));
		silences.push(meter.silence);
	}
	deepEqual(silences, [0, 1, 2, 0]);
});

test("whoever unmutes was not silent before", async () => {
	const meter = new LineMeter();
	for (const received of [20, 20, 20]) {
		await meter.look(undefined, report(0, received));
	}
	equal(meter.silence, 2);
	meter.unmuted();
	equal(meter.silence, 0);
});
