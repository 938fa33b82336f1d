// What the line did since it was last looked at, from the browser's own statistics.
import type { Sample } from "./ladder";

interface Transport {
	getStats(): Promise<RTCStatsReport> | undefined;
}

type Entry = RTCStats & {
	packetsLost?: number;
	packetsReceived?: number;
	fractionLost?: number;
	nominated?: boolean;
	currentRoundTripTime?: number;
	availableOutgoingBitrate?: number;
};

const FRESH_MS = 6000;
/** Looks after a silence in which the count still tells of it. */
const SETTLING = 3;

export interface Line {
	sending: Sample;
	receiving: Sample;
}

export class LineMeter {
	#lost = 0;
	#received = 0;
	#settling = 0;
	#silence = 0;
	#loss = 0;

	/** They speak again, or for the first time: what was silent before does not count. */
	unmuted(): void {
		this.#silence = 0;
	}

	/** Looks in a row in which no packet came. */
	get silence(): number {
		return this.#silence;
	}

	async look(
		publisher: Transport | undefined,
		subscriber: Transport | undefined,
	): Promise<Line> {
		const [out, back] = await Promise.all([
			entries(publisher),
			entries(subscriber),
		]);
		const roundTrip = roundTripOf([...out, ...back]);
		const pair = out.find(
			(one) => one.type === "candidate-pair" && one.nominated,
		);
		const bits = pair?.availableOutgoingBitrate;
		const lost = out.filter(isFresh).map((one) => one.fractionLost ?? 0);
		return {
			sending: {
				loss: Math.max(0, ...lost),
				roundTrip,
				available: bits === undefined ? null : bits / 1000,
			},
			receiving: { loss: this.#lossOf(back), roundTrip, available: null },
		};
	}

	#lossOf(all: Entry[]): number {
		const inbound = all.filter((one) => one.type === "inbound-rtp");
		const lost = sum(inbound.map((one) => one.packetsLost));
		const received = sum(inbound.map((one) => one.packetsReceived));
		const newlyLost = Math.max(0, lost - this.#lost);
		const newlyReceived = Math.max(0, received - this.#received);
		const newly = newlyLost + newlyReceived;
		this.#lost = lost;
		this.#received = received;
		// Nothing at all is a cut, not a poor line: what it cost says nothing of what the line carries after it.
		this.#silence = newlyReceived === 0 ? this.#silence + 1 : 0;
		if (this.#silence > 0) this.#settling = SETTLING;
		else if (this.#settling > 0) this.#settling -= 1;
		if (this.#settling > 0) return 0;
		// A handful of packets says nothing, somebody is silent: what was known holds.
		if (newly >= 5) this.#loss = newlyLost / newly;
		return this.#loss;
	}
}

/** What the other end reported of late; of a picture that is no longer sent nothing new comes. */
function isFresh(one: Entry): boolean {
	const reported = one.type === "remote-inbound-rtp";
	return reported && Date.now() - one.timestamp < FRESH_MS;
}

async function entries(transport: Transport | undefined): Promise<Entry[]> {
	const report = await transport?.getStats();
	const all: Entry[] = [];
	report?.forEach((entry: Entry) => {
		all.push(entry);
	});
	return all;
}

/** Seconds, of the pair in use; 0 while unknown. */
function roundTripOf(all: Entry[]): number {
	const pairs = all.filter(
		(one) => one.type === "candidate-pair" && one.nominated,
	);
	return Math.max(0, ...pairs.map((one) => one.currentRoundTripTime ?? 0));
}

const sum = (all: (number | undefined)[]): number =>
	all.reduce<number>((total, one) => total + (one ?? 0), 0);
