// What a rung of the ladder sends, in the browser's own terms.
import type { Rung } from "./ladder";

interface Encoding {
	maxBitrate: number;
	maxFramerate: number;
}

const ENCODINGS: Record<Exclude<Rung, "sound">, Encoding> = {
	full: { maxBitrate: 400_000, maxFramerate: 24 },
	saver: { maxBitrate: 60_000, maxFramerate: 12 },
	still: { maxBitrate: 15_000, maxFramerate: 1 },
};
const SMALL_HEIGHT = 240;

/** For a track that is published now; one that shall send nothing is not published. */
export function firstEncoding(rung: Rung): Encoding {
	return ENCODINGS[rung === "sound" ? "saver" : rung];
}

/** For a sender that runs; `sound` sends no picture, and the other side keeps the last one. */
export function encodingOf(
	rung: Rung,
	height: number,
): Partial<RTCRtpEncodingParameters> {
	if (rung === "sound") return { active: false };
	const large = rung !== "full" && height > SMALL_HEIGHT;
	const scaleResolutionDownBy = large ? height / SMALL_HEIGHT : 1;
	return { active: true, scaleResolutionDownBy, ...ENCODINGS[rung] };
}
