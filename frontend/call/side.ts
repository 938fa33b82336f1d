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
import { type Event, Machine, type Phase, type Step } from "./machine";
import { Quality } from "./quality";
import type { PeerState } from "./room-types";
import { AwaySheet, Sheets } from "./sheets";
import { Talk } from "./talk";

const MINUTE = 60_000;
/** Shorter gaps of the other side mend themselves; nobody need read of them. */
const BLINK = 2_500;

interface Hooks {
	start: Phase;
	onStep: (step: Step) => void;
	/** Asks the application anew; something may have changed. */
	askSoon: () => void;
	/** Whether the other person is meant to be in the talk now. */
	peerBelongs: () => boolean;
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
	#minute = 0;
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
			onTrouble: hooks.onTrouble,
		});
		this.away = new AwaySheet(this.sheets, t, name);
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
		window.clearTimeout(this.#blink);
		this.#hooks.askSoon();
		if (here) {
			this.quality.greet();
			this.send("peer_back");
		} else {
			this.#blink = window.setTimeout(() => {
				if (this.#hooks.peerBelongs()) this.send("peer_lost");
			}, BLINK);
		}
	}

	#onLost(trouble: DeviceError): void {
		void this.link.room?.drop(trouble.kind).catch(() => undefined);
		this.controls.draw();
		this.talk.showOwn();
		this.#hooks.onTrouble(trouble);
	}

	#step(step: Step): void {
		const { from, to } = step;
		if (to === "away" || to === "alone" || to === "late") {
			this.away.show(to);
			if (!this.#minute) {
				this.#minute = window.setTimeout(() => this.send("minute"), MINUTE);
			}
		} else {
			window.clearTimeout(this.#minute);
			this.#minute = 0;
			this.away.close();
		}
		if (to === "talking") this.quality.start();
		if (to === "talking" && (from === "away" || from === "late")) {
			this.controls.restore();
			this.later.back();
		}
		this.#hooks.onStep(step);
	}

	/** Nothing of the talk goes on. */
	stop(): void {
		window.clearTimeout(this.#minute);
		window.clearTimeout(this.#blink);
		this.quality.stop();
		this.talk.stop();
	}
}
