// What the two pages tell each other about their ends of the line.
import { RUNGS, type Rung } from "./ladder";

export interface LineWords {
	/** How much picture this end sends. */
	rung: Rung;
	/** Whether this end pays for every megabyte, so that little shall be sent to it. */
	saver: boolean;
	/** Whether this end takes a picture at all now. */
	takes: boolean;
	/** Whether sound gets lost on the way to this end, so that it should be sent twice over. */
	loses: boolean;
}

export function writeWords(words: LineWords): Uint8Array<ArrayBuffer> {
	return new TextEncoder().encode(JSON.stringify(words));
}

/** Only what we know; anything else is as if nothing had been said. */
export function readWords(data: Uint8Array): LineWords | null {
	try {
		const said = JSON.parse(new TextDecoder().decode(data));
		if (!RUNGS.includes(said.rung)) return null;
		return {
			rung: said.rung,
			saver: said.saver !== false,
			takes: said.takes !== false,
			loses: said.loses === true,
		};
	} catch {
		return null;
	}
}
