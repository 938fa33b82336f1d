// What both sides of a talk have in common: the line, the talk, its controls, and what is said when it fails.
import type { Api } from "./api";
import type { Config, Translate } from "./config";
import { Controls } from "./controls";
import type { Devices } from "./devices";
import { byId } from "./dom";
import type { DeviceError } from "./errors";
import { Later } from "./later";
import { Link, type LinkListener } from "./link";
import { lifecycle } from "./log";
import { type Event, FINAL, Machine, type Phase, type Step } from "./machine";
import { Quality } from "./quality";
import type { PeerState } from "./room-types";
import { AwaySheet, type Gone, Sheets } from "./sheets";
import { NOBODY, Talk } from "./talk";

/** Shorter gaps of the other side mend themselves; nobody need read of them. */
const BLINK = 2_500;

/** What is said while the talk stands still; `unsure` and `lost` are ways back into it. */
const GONE: Partial<Record<Phase, Gone>> = {
	away: "away",
	unsure: "away",
	lost: "away",
	alone: "alone",
	late: "late",
};

interface Hooks {
	start: Phase;
	onStep: (step: Step) => void;
	/** Asks the application anew; something may have changed. */
	askSoon: () => void;
	/** Whether the other person is meant to be in the talk now. */
	peerBelongs: () => boolean;
	/** Whether the talk is what the screen shows. */
	showsTalk: () => boolean;
	join: ConstructorParameters<typeof Link>[0]["join"];
	listener: Pick<LinkListener, "onPutOut" | "onGone">;
	onTrouble: (trouble: DeviceError) => void;
	absent: string;
}

export class Side {
	readonly machine: Machine;
	readonly link: Link;
	readonly talk: Talk;
	readonly controls: Controls;
	readonly sheets = new Sheets();
	readonly away: AwaySheet;
	readonly quality: Quality;
	readonly later: Later;
	readonly #hooks: Hooks;
	#late = false;
	#blink = 0;
	#peerHere = false;

	constructor(
		parts: { config: Config; t: Translate; api: Api; devices: Devices },
		hooks: Hooks,
	) {
		const { config, t, devices } = parts;
		const { name } = config.counterpart;
		this.#hooks = hooks;
		this.machine = new Machine(
			hooks.start,
			(step) => this.#step(step),
			(from, to, by) => lifecycle("state", { from, to, by }),
		);
		this.quality = new Quality({
			room: () => this.link.room,
			publish: () => this.link.publish(),
			saver: () => config.role === "client" && config.saver,
			onChange: (carried) => this.talk.onCarried(carried),
		});
		this.link = new Link({
			join: hooks.join,
			video: byId<HTMLVideoElement>("other"),
			saver: () => config.saver,
			rung: () => this.quality.rung,
			media: () => devices.forSending(),
			listener: { ...hooks.listener, ...this.#listener() },
		});
		this.talk = new Talk({
			config,
			t,
			devices,
			link: this.link,
			name,
			absent: hooks.absent,
		});
		this.controls = new Controls({
			t,
			devices,
			link: this.link,
			talk: this.talk,
			onSoundOnly: (on) => this.quality.setSoundOnly(on),
			onTrouble: hooks.onTrouble,
		});
		this.away = new AwaySheet(this.sheets, t, name, () => this.#beLate());
		this.later = new Later({
			devices,
			link: this.link,
			name,
			sheets: this.sheets,
			log: lifecycle,
		});
		devices.onLost = (trouble) => this.#onLost(trouble);
		// A page that slept finds out at once what it missed.
		document.addEventListener("visibilitychange", () => {
			if (document.visibilityState === "visible") hooks.askSoon();
		});
	}

	/** Whether the other person's line stands. */
	get peerHere(): boolean {
		return this.#peerHere;
	}

	get phase(): Phase {
		return this.machine.phase;
	}

	send(event: Event): void {
		this.machine.send(event);
	}

	#listener(): Omit<LinkListener, "onPutOut" | "onGone"> {
		return {
			onPeer: (peer) => this.#onPeer(peer),
			onLine: (line) => this.talk.onLine(line),
			onWords: (words) => this.quality.hear(words),
			onData: (data) => this.later.onData(data),
			onOwnSpeaking: (speaking) => this.talk.onOwnSpeaking(speaking),
			onSoundBlocked: (blocked) => this.talk.onSoundBlocked(blocked),
			onAdmitted: (admitted) => this.#onAdmitted(admitted),
			onAway: () => this.send("line_lost"),
			onBack: () => this.send("line_back"),
		};
	}

	#onAdmitted(admitted: boolean): void {
		const without = this.link.asking ? "asked" : "unadmitted";
		this.send(admitted ? "admitted" : without);
	}

	#onPeer(peer: PeerState): void {
		this.talk.onPeer(peer);
		this.later.meet();
		const here = peer.present && !peer.lost;
		if (here === this.#peerHere) return;
		this.#peerHere = here;
		this.#hooks.askSoon();
		if (here) {
			this.quality.greet();
			this.send("peer_back");
		}
		this.#watchPeer();
	}

	/** Whoever is not there after a blink, and should be, is missed. */
	#watchPeer(): void {
		window.clearTimeout(this.#blink);
		if (this.#peerHere) return;
		this.#blink = window.setTimeout(() => {
			if (!this.#peerHere && this.#hooks.peerBelongs()) this.send("peer_lost");
		}, BLINK);
	}

	#onLost(trouble: DeviceError): void {
		void this.link.room?.drop(trouble.kind).catch(() => undefined);
		this.controls.draw();
		this.talk.showOwn();
		this.#hooks.onTrouble(trouble);
	}

	#step(step: Step): void {
		const { from, to } = step;
		this.#tellTrouble(to);
		// Nothing that comes or goes now says anything of the line afterwards.
		if (to === "away" || to === "lost" || to === "unsure") this.quality.stop();
		if (to === "talking") {
			this.quality.start();
			this.#watchPeer();
			// A new room knows nothing of what was switched off in the old one.
			if (from !== "alone") {
				this.controls.restore();
				this.later.back();
				this.quality.greet();
			}
		}
		if (FINAL.has(to)) this.later.stop();
		this.#hooks.onStep(step);
	}

	/** Words, seconds, and after a minute the telephone, for as long as the talk on the screen stands still. */
	#tellTrouble(phase: Phase): void {
		const gone = GONE[phase];
		if (!gone || !this.#hooks.showsTalk()) {
			this.#late = false;
			this.away.close();
			return;
		}
		this.away.show(this.#late ? "late" : gone);
	}

	/** A minute of it: whatever comes next, the telephone comes first. */
	#beLate(): void {
		this.#late = true;
		this.away.show("late");
		this.send("minute");
	}

	/** The other of one's own two devices goes on: nothing comes or goes here. */
	async rest(): Promise<void> {
		window.clearTimeout(this.#blink);
		this.quality.stop();
		this.#peerHere = false;
		this.talk.onPeer(NOBODY);
		await this.link.rest();
	}

	/** Nothing of the talk goes on. */
	stop(): void {
		window.clearTimeout(this.#blink);
		this.quality.stop();
		this.talk.stop();
	}
}
