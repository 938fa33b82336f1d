// Where a call page stands: a table, a pure function over it, and nothing else.
// docs/call-states.md shows the same table; tests walk every line of it.

export type Phase =
	/** Microphone, camera and sound are tried. */
	| "checking"
	/** This browser cannot do it; the other ways stay. */
	| "stuck"
	/** The first way into the media room. */
	| "joining"
	/** The line did not come about; the person says when to try again. */
	| "blocked"
	/** The waiting room is not open yet. */
	| "early"
	/** In the media room without rights. */
	| "waiting"
	/** Waiting, and the line is gone: comes back by itself. */
	| "lost"
	/** A second device that asks to take over. */
	| "asking"
	| "talking"
	/** In a talk, and the own line is gone. */
	| "away"
	/** In a talk, and the other's line is gone. */
	| "alone"
	/** Either of the two for a minute: the telephone comes first. */
	| "late"
	/** The media room put us out; what that means, only the application knows. */
	| "unsure"
	/** The talk goes on on another device. */
	| "elsewhere"
	/** A counsellor's PC and tablet: picture and sound are on the other of the two. */
	| "handed"
	/** Put out by the office. */
	| "removed"
	| "over";

export type Event =
	| "checked"
	| "unfit"
	/** The media room gave the rights, or took them, or we came back with or without them. */
	| "admitted"
	| "unadmitted"
	| "asked"
	| "not_open"
	| "unreachable"
	| "again"
	| "line_lost"
	| "line_back"
	| "peer_lost"
	| "peer_back"
	| "minute"
	| "put_out"
	/** What the application answers when it is asked. */
	| "says_waiting"
	| "says_left"
	| "says_admitted"
	| "elsewhere"
	| "handed"
	| "removed"
	| "gone"
	| "hung_up";

type Row = Partial<Record<Event, Phase>>;

/** From everywhere but where nothing more can come. */
const ALWAYS: Row = {
	elsewhere: "elsewhere",
	removed: "removed",
	gone: "over",
	hung_up: "over",
};
/** Where a counsellor's other device may take picture and sound. */
const HANDED: Row = { handed: "handed" };
const IN: Row = { admitted: "talking", unadmitted: "waiting", asked: "asking" };
const ASK_AGAIN: Row = {
	says_waiting: "lost",
	says_left: "lost",
	says_admitted: "lost",
};

export const TABLE: Record<Phase, Row> = {
	checking: { ...ALWAYS, checked: "joining", unfit: "stuck" },
	stuck: {},
	joining: {
		...ALWAYS,
		...HANDED,
		...IN,
		not_open: "early",
		unreachable: "blocked",
	},
	blocked: { ...ALWAYS, ...HANDED, ...IN, again: "joining" },
	early: { ...ALWAYS, says_waiting: "joining", says_left: "joining" },
	waiting: {
		...ALWAYS,
		admitted: "talking",
		line_lost: "lost",
		put_out: "unsure",
		// The application knows more than the room told: a message got lost.
		says_left: "lost",
		says_admitted: "lost",
	},
	lost: {
		...ALWAYS,
		...HANDED,
		...IN,
		line_back: "waiting",
		put_out: "unsure",
	},
	asking: {
		...ALWAYS,
		admitted: "talking",
		unadmitted: "waiting",
		line_lost: "lost",
		put_out: "unsure",
		says_admitted: "lost",
		says_waiting: "lost",
	},
	talking: {
		...ALWAYS,
		...HANDED,
		unadmitted: "waiting",
		line_lost: "away",
		peer_lost: "alone",
		put_out: "unsure",
	},
	away: {
		...ALWAYS,
		...HANDED,
		...IN,
		line_back: "talking",
		minute: "late",
		put_out: "unsure",
	},
	alone: {
		...ALWAYS,
		...HANDED,
		unadmitted: "waiting",
		line_lost: "away",
		peer_back: "talking",
		minute: "late",
		put_out: "unsure",
	},
	late: {
		...ALWAYS,
		...HANDED,
		...IN,
		line_back: "talking",
		peer_back: "talking",
		put_out: "unsure",
	},
	unsure: { ...ALWAYS, ...HANDED, ...IN, ...ASK_AGAIN },
	handed: { ...ALWAYS, again: "joining" },
	elsewhere: {},
	removed: {},
	over: {},
};

/** Where `event` leads from `phase`; the same phase when it means nothing there. */
export function next(phase: Phase, event: Event): Phase {
	return TABLE[phase][event] ?? phase;
}

/** A talk that stands or comes back: its pictures and buttons are shown. */
export const IN_TALK: ReadonlySet<Phase> = new Set<Phase>([
	"talking",
	"away",
	"alone",
	"late",
]);

/** Nothing more can come by itself. */
export const FINAL: ReadonlySet<Phase> = new Set<Phase>([
	"stuck",
	"elsewhere",
	"removed",
	"over",
]);

export interface Step {
	from: Phase;
	to: Phase;
	event: Event;
}

/** Holds the phase, tells of every change, and writes one line for each. */
export class Machine {
	#phase: Phase;
	readonly #onStep: (step: Step) => void;
	readonly #log: (from: string, to: string, event: string) => void;

	constructor(
		start: Phase,
		onStep: (step: Step) => void,
		log: (from: string, to: string, event: string) => void,
	) {
		this.#phase = start;
		this.#onStep = onStep;
		this.#log = log;
	}

	get phase(): Phase {
		return this.#phase;
	}

	send(event: Event): void {
		const from = this.#phase;
		const to = next(from, event);
		if (to === from) return;
		this.#phase = to;
		this.#log(from, to, event);
		this.#onStep({ from, to, event });
	}
}
