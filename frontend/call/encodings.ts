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

/** What telephones call HD voice; in packets of 60 ms (packets.ts) Opus needs no more for speech. */
const SAVER_SOUND = 12_000;
const SOUND = 32_000;

/** For a microphone that is published now. `redundant`: every packet carries the one before, too. */
export function soundOptions(saver: boolean, redundant: boolean) {
	const audioPreset = { maxBitrate: saver ? SAVER_SOUND : SOUND };
	return { dtx: true, red: redundant, audioPreset };
}

/** For a camera that is published now; one that shall send nothing is not published. */
export function pictureOptions(rung: Rung, height: number) {
	const first = rung === "sound" ? "saver" : rung;
	return {
		simulcast: false,
		backupCodec: false,
		videoCodec: "vp8" as const,
		// Its right size from the first frame on: a change afterwards costs another key frame.
		videoEncoding: { ...ENCODINGS[first], ...scaled(first, height) },
	};
}

function scaled(rung: Rung, height: number) {
	const large = rung !== "full" && height > SMALL_HEIGHT;
	return { scaleResolutionDownBy: large ? height / SMALL_HEIGHT : 1 };
}

/** For a sender that runs; `sound` sends no picture, and the other side keeps the last one. */
export function encodingOf(
	rung: Rung,
	height: number,
): Partial<RTCRtpEncodingParameters> {
	if (rung === "sound") return { active: false };
	return { active: true, ...scaled(rung, height), ...ENCODINGS[rung] };
}
