// Counting what comes and goes, from the browser's own statistics.

interface Counted {
	getStats(): Promise<RTCStatsReport> | undefined;
}

interface Received {
	getRTCStatsReport(): Promise<RTCStatsReport | undefined>;
}

type Entry = RTCStats & Partial<RTCTransportStats>;

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
