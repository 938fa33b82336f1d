// How much picture a line carries: down quickly, up slowly. Pure: one second's figures in, a rung out.

/** From the most to the least. `still` is one picture a second or so. */
export type Rung = "full" | "saver" | "still" | "sound";
export const RUNGS: readonly Rung[] = ["full", "saver", "still", "sound"];

/** What one direction of the line did in the last second. */
export interface Sample {
	/** Share of the packets that were lost, 0 to 1. */
	loss: number;
	/** Round trip in seconds; 0 while unknown. */
	roundTrip: number;
	/** kbit/s that the browser believes to get through; null where it does not say. */
	available: number | null;
}

export interface Ladder {
	rung: Rung;
	/** The most that is wanted: people on a prepaid card never get `full`. */
	top: Rung;
	bad: number;
	good: number;
	/** Seconds of a good line before the next try upwards; longer after each try that failed. */
	patience: number;
	/** Seconds since the last step upwards. */
	tried: number;
	/** Loss over the last seconds: one lucky second of a bad line is no reason to step up. */
	lately: number;
}

const PATIENCE = 8;
const MOST_PATIENCE = 64;
/** A fall this soon after a step upwards means that the step was too early. */
const REGRET = 15;
/** How much the last second weighs in what was lately: about five seconds count. */
const LAST_SECOND = 0.3;
const BAD_SECONDS = 3;
const TERRIBLE_SECONDS = 2;
/** Below it a rung's picture stands still more than it moves. */
const NEEDED: Record<Rung, number> = {
	full: 200,
	saver: 50,
	still: 18,
	sound: 0,
};

export function ladder(top: Rung, start: Rung = top): Ladder {
	return {
		rung: start,
		top,
		bad: 0,
		good: 0,
		patience: PATIENCE,
		tried: REGRET,
		lately: 0,
	};
}

/** The ladder a second later. */
export function climb(before: Ladder, sample: Sample): Ladder {
	const lately = before.lately + (sample.loss - before.lately) * LAST_SECOND;
	const now = { ...before, lately };
	const tried = now.tried + 1;
	if (isBad(now.rung, sample)) {
		const bad = now.bad + 1;
		const terrible = sample.loss >= 0.15 && bad >= TERRIBLE_SECONDS;
		if (terrible) return fall({ ...now, tried }, "sound");
		if (bad >= BAD_SECONDS) return fall({ ...now, tried }, below(now.rung));
		return { ...now, bad, good: 0, tried };
	}
	// The other end pays for every megabyte, as it turned out.
	if (RUNGS.indexOf(now.rung) < RUNGS.indexOf(now.top)) {
		return { ...now, rung: now.top, bad: 0, good: 0, tried };
	}
	const holdsUp = carriesPicture({
		...sample,
		loss: Math.max(sample.loss, lately),
	});
	const good = holdsUp ? now.good + 1 : 0;
	if (good < now.patience || now.rung === now.top) {
		// A line that holds has earned a quicker next try.
		const holds = now.rung === now.top && tried > MOST_PATIENCE;
		const patience = holds ? PATIENCE : now.patience;
		return { ...now, bad: 0, good, tried, patience };
	}
	return { ...now, rung: above(now.rung), bad: 0, good: 0, tried: 0 };
}

function isBad(rung: Rung, { loss, roundTrip, available }: Sample): boolean {
	if (rung === "sound") return loss > 0.08 || roundTrip > 2;
	const starved = available !== null && available < NEEDED[rung];
	return !carriesPicture({ loss, roundTrip }) || starved;
}

/** What a browser believes to get through does not count here: while little is sent it never finds out. */
function carriesPicture({
	loss,
	roundTrip,
}: Pick<Sample, "loss" | "roundTrip">): boolean {
	return loss <= 0.05 && roundTrip <= 1.5;
}

function fall(now: Ladder, rung: Rung): Ladder {
	if (rung === now.rung) return { ...now, bad: 0, good: 0 };
	const regretted = now.tried < REGRET;
	const patience = regretted
		? Math.min(now.patience * 2, MOST_PATIENCE)
		: now.patience;
	return { ...now, rung, bad: 0, good: 0, patience };
}

function below(rung: Rung): Rung {
	return RUNGS[Math.min(RUNGS.indexOf(rung) + 1, RUNGS.length - 1)] ?? "sound";
}

function above(rung: Rung): Rung {
	return RUNGS[Math.max(RUNGS.indexOf(rung) - 1, 0)] ?? "full";
}

/** With what a talk begins, from what is known of the line while waiting. */
export function firstRung(top: Rung, roundTrip: number, slow: boolean): Rung {
	return slow || roundTrip > 0.8 ? "sound" : top;
}
