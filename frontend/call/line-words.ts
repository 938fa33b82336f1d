// What the two pages tell each other about their ends of the line.
import { RUNGS, type Rung } from "./ladder";

export interface LineWords {
	/** How much picture this end sends. */
	rung: Rung;
	/** Whether this end pays for every megabyte, so that little shall be sent to it. */
	saver: boolean;
	/** Whether this end takes a picture at all now. */
	takes: boolean;
}

export function writeWords(words: LineWords): Uint8Array<ArrayBuffer> {
	return new TextEncoder().encode(JSON.stringify(words));
}

/** Only what we know; anything else is as if nothing had been said. */
export function readWords(data: Uint8Array): LineWords | null {
	try {
		const { rung, saver, takes } = JSON.parse(new TextDecoder().decode(data));
		if (!RUNGS.includes(rung)) return null;
		return { rung, saver: saver !== false, takes: takes !== false };
	} catch {
		return null;
	}
}
