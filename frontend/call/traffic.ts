// Counting what comes and goes, from the browser's own statistics.

interface Counted {
	getStats(): Promise<RTCStatsReport> | undefined;
}

interface Received {
	getRTCStatsReport(): Promise<RTCStatsReport | undefined>;
}

type Entry = RTCStats & Partial<RTCTransportStats> & Partial<AudioStats>;

interface AudioStats {
	kind: string;
	totalAudioEnergy: number;
	totalSamplesDuration: number;
}

/** Bytes both ways, and loudness squared beside the seconds over which it was summed. */
type Counter =
	| "sent"
	| "received"
	| "spoken"
	| "spokenSeconds"
	| "heard"
	| "heardSeconds";

/** Sound so far; what a browser does not count is missing. */
export type SoundSoFar = Partial<Record<Counter, number>>;

type Figure =
	| "bytesSent"
	| "bytesReceived"
	| "totalAudioEnergy"
	| "totalSamplesDuration";

const FIGURES: Record<string, [Figure, Counter][]> = {
	"outbound-rtp": [["bytesSent", "sent"]],
	"media-source": [
		["totalAudioEnergy", "spoken"],
		["totalSamplesDuration", "spokenSeconds"],
	],
	"inbound-rtp": [
		["bytesReceived", "received"],
		["totalAudioEnergy", "heard"],
		["totalSamplesDuration", "heardSeconds"],
	],
};

export async function soundSoFar(
	transports: (Counted | undefined)[],
): Promise<SoundSoFar> {
	const sound: SoundSoFar = {};
	for (const one of transports) {
		const report = await one?.getStats();
		report?.forEach((entry: Entry) => {
			if (entry.kind !== "audio") return;
			for (const [figure, counter] of FIGURES[entry.type] ?? []) {
				const value = entry[figure];
				if (value !== undefined) sound[counter] = (sound[counter] ?? 0) + value;
			}
		});
	}
	return sound;
}

/** Bytes over the given transports, headers included. */
export async function traffic(
	transports: (Counted | undefined)[],
	which: "bytesSent" | "bytesReceived",
): Promise<number> {
	let total = 0;
	for (const one of transports) {
		const report = await one?.getStats();
		report?.forEach((entry: Entry) => {
			if (entry.type === "transport") total += entry[which] ?? 0;
		});
	}
	return total;
}

/** What arrives, track by track, for journeys that must see frames and sound come. */
export async function inbound(
	tracks: (Received | undefined)[],
): Promise<unknown[]> {
	const all: unknown[] = [];
	for (const track of tracks) {
		const report = await track?.getRTCStatsReport();
		report?.forEach((entry: Entry) => {
			if (entry.type === "inbound-rtp") all.push({ ...entry });
		});
	}
	return all;
}
