// Why one does not hear the other: from what both pages know, by a table.
import type { Side } from "./wire";

/** What a page can do about it with one tap. */
export type Remedy = "unmute" | "reopen" | "play" | "output";

interface Cause {
	/** What the one can do where the cause lies. */
	remedy?: Remedy;
	/** Lies with the one who speaks, with the one who listens, or with nobody. */
	lies: "speaker" | "listener" | "between";
}

/** In the order in which they are looked for. */
const CAUSES = {
	microphone_none: { lies: "speaker", remedy: "unmute" },
	microphone_off: { lies: "speaker", remedy: "unmute" },
	microphone_ended: { lies: "speaker", remedy: "reopen" },
	microphone_held: { lies: "speaker" },
	not_sent: { lies: "speaker", remedy: "reopen" },
	paused: { lies: "listener", remedy: "play" },
	silenced: { lies: "listener", remedy: "play" },
	line: { lies: "between" },
	silent: { lies: "speaker", remedy: "reopen" },
	quiet: { lies: "between" },
	bluetooth: { lies: "listener", remedy: "output" },
	output: { lies: "listener", remedy: "output" },
	volume: { lies: "listener" },
} satisfies Record<string, Cause>;

type CauseName = keyof typeof CAUSES;

export interface Facts {
	own: Side;
	/** null: their page did not answer. */
	other: Side | null;
	present: boolean;
}

/** `key` names the words; they differ with the side on which the cause lies. */
export interface Finding {
	key: string;
	remedy: Remedy | null;
	/** The key for the other person's page, when it is they who can do something. */
	forThem: string | null;
}

/** Louder than a quiet room, softer than a whisper into the microphone. */
const AUDIBLE = 0.003;
/** Below this it is not a quiet room but no sound at all. */
const NOTHING = 0.00001;

/** Sound arrives: what is left to say is a guess, and not said of the other direction. */
const GUESSES: ReadonlySet<CauseName> = new Set([
	"quiet",
	"bluetooth",
	"output",
	"volume",
]);

/** One or two findings: why one hears nothing, then why one is not heard. */
export function diagnose({ own, other, present }: Facts): Finding[] {
	if (!present) return [{ key: "alone", remedy: null, forThem: null }];
	const hearing = finding(causeOf(other, own), "listener");
	const heard = other && causeOf(own, other);
	if (!heard || GUESSES.has(heard)) return [hearing];
	const backward = finding(heard, "speaker");
	return backward.key === hearing.key ? [hearing] : [hearing, backward];
}

/** What a page shows that is told of a cause on its own side; null: there is no such cause. */
export function told(key: string): Finding | null {
	const name = key.replace(/_here$/, "");
	if (!Object.hasOwn(CAUSES, name)) return null;
	const own = finding(name as CauseName, CAUSES[name as CauseName].lies);
	return own.key === key && own.key !== name ? own : null;
}

function causeOf(speaker: Side | null, listener: Side): CauseName {
	return (
		(speaker && silentAtSource(speaker)) ??
		silentAtEar(listener) ??
		silentBetween(speaker, listener) ??
		likely(listener)
	);
}

function silentAtSource(speaker: Side): CauseName | null {
	if (speaker.microphone !== "on") return `microphone_${speaker.microphone}`;
	return speaker.sent === 0 ? "not_sent" : null;
}

function silentAtEar({ playback }: Side): CauseName | null {
	if (playback === "paused") return "paused";
	return playback === "muted" ? "silenced" : null;
}

function silentBetween(speaker: Side | null, listener: Side): CauseName | null {
	if (listener.received === 0) return "line";
	const { spoken } = speaker ?? { spoken: null };
	if (spoken !== null && spoken < NOTHING) return "silent";
	const { heard } = listener;
	return heard !== null && heard < AUDIBLE ? "quiet" : null;
}

/** Sound arrives and is played: then it is the ear's end. */
function likely(listener: Side): CauseName {
	if (listener.bluetooth) return "bluetooth";
	return listener.outputs > 1 ? "output" : "volume";
}

/** How it looks to somebody who speaks, or listens. */
function finding(name: CauseName, as: Cause["lies"]): Finding {
	const cause: Cause = CAUSES[name];
	if (cause.lies === "between")
		return { key: name, remedy: null, forThem: null };
	const here = cause.lies === as;
	return {
		key: `${name}_${here ? "here" : "there"}`,
		remedy: here ? (cause.remedy ?? null) : null,
		forThem: here ? null : `${name}_here`,
	};
}
