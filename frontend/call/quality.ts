// Keeps as much picture as the line carries, sound before all else. Two ladders, one for each direction.
import { climb, firstRung, ladder, type Rung, type Sample } from "./ladder";
import type { Line } from "./line";
import type { LineWords } from "./line-words";
import { Lossy } from "./lossy";
import type { MediaRoom } from "./room";

const SECOND = 1000;
/** After a cut the figures still tell of it; the line itself is as good as before. */
const SETTLING_SECONDS = 5;

interface Connection {
	effectiveType?: string;
}

export interface Carried {
	sending: Rung;
	receiving: Rung;
	/** What the other page says it sends. */
	theirs: Rung;
}

export class Quality {
	readonly #room: () => MediaRoom | null;
	/** The picture is on again where it was not published at all. */
	readonly #publish: () => Promise<void>;
	readonly #onChange: (carried: Carried) => void;
	/** Whether this end pays for every megabyte. */
	readonly #saver: () => boolean;
	#theirSaver = true;
	#theirs: Rung = "saver";
	#theyTake = true;
	/** Sound only, by choice. */
	#soundOnly = false;
	#sending = ladder("saver");
	#receiving = ladder("saver");
	#timer = 0;
	#settling = 0;
	#busy = false;
	readonly #wayOut = new Lossy();
	readonly #wayIn = new Lossy();
	/** They said that our sound gets lost between the media server and them. */
	#theyLose = false;

	constructor(options: {
		room: () => MediaRoom | null;
		publish: () => Promise<void>;
		saver: () => boolean;
		onChange: (carried: Carried) => void;
	}) {
		this.#room = options.room;
		this.#publish = options.publish;
		this.#saver = options.saver;
		this.#onChange = options.onChange;
	}

	/** How much picture to send: what the line carries, and nothing where nobody looks. */
	get rung(): Rung {
		return this.#theyTake ? this.#sending.rung : "sound";
	}

	get #takes(): boolean {
		return !this.#soundOnly && this.#receiving.rung !== "sound";
	}

	setSoundOnly(on: boolean): void {
		this.#soundOnly = on;
		void this.#say();
	}

	/** While waiting: a line already known to be poor starts with sound. */
	async expect(): Promise<void> {
		const { connection } = navigator as { connection?: Connection };
		const slow = /2g$/.test(connection?.effectiveType ?? "");
		const room = this.#room();
		const line = await room?.line();
		const { top } = this.#sending;
		const rung = firstRung(top, line?.sending.roundTrip ?? 0, slow);
		this.#sending = ladder(top, rung);
		await room?.setRung(this.rung);
		this.#tell();
	}

	start(): void {
		this.#settling = SETTLING_SECONDS;
		if (this.#timer) return;
		this.#timer = window.setInterval(() => void this.#look(), SECOND);
	}

	stop(): void {
		window.clearInterval(this.#timer);
		this.#timer = 0;
	}

	/** The other page is there, or there again: it hears where this end stands. */
	greet(): void {
		this.#room()?.setPictureWanted(this.#receiving.rung !== "sound");
		void this.#say();
	}

	/** The other page said how it is with its end. */
	hear({ rung, saver, takes, loses }: LineWords): void {
		const before = this.rung;
		this.#theirs = rung;
		this.#theirSaver = saver;
		this.#theyTake = takes;
		this.#theyLose = loses;
		this.#sending = { ...this.#sending, top: this.#top() };
		if (before !== this.rung) void this.#apply();
		this.#tell();
	}

	/** More than the saver only where neither end pays for it. */
	#top(): Rung {
		return this.#saver() || this.#theirSaver ? "saver" : "full";
	}

	async #look(): Promise<void> {
		const room = this.#room();
		if (!room || this.#busy) return;
		this.#busy = true;
		try {
			const line = await room.line();
			if (this.#settling > 0) {
				this.#settling -= 1;
				return;
			}
			await this.#protectSound(room, line);
			await this.#climb(room, line.sending, line.receiving);
		} catch {
			// The room is gone meanwhile; the next one is looked at anew.
		} finally {
			this.#busy = false;
		}
	}

	async #climb(room: MediaRoom, out: Sample, back: Sample): Promise<void> {
		const sent = this.rung;
		const received = this.#receiving.rung;
		this.#sending = climb(this.#sending, out);
		this.#receiving = climb(this.#receiving, back);
		const falls = received !== this.#receiving.rung;
		if (falls) room.setPictureWanted(this.#receiving.rung !== "sound");
		if (sent !== this.rung) await this.#apply();
		else if (falls) await this.#say();
		if (sent !== this.rung || falls) this.#tell();
	}

	async #apply(): Promise<void> {
		await this.#room()?.setRung(this.rung);
		if (this.rung !== "sound") await this.#publish();
		await this.#say();
	}

	async #say(): Promise<void> {
		await this.#room()?.say({
			rung: this.rung,
			saver: this.#saver(),
			takes: this.#takes,
			loses: this.#wayIn.on,
		});
	}

	#tell(): void {
		this.#onChange({
			sending: this.#sending.rung,
			receiving: this.#receiving.rung,
			theirs: this.#theirs,
		});
	}

	/** Either half of the way may lose sound: this end sees the first, the other page tells of the second. */
	async #protectSound(
		room: MediaRoom,
		{ sending, receiving }: Line,
	): Promise<void> {
		const lost = this.#wayIn.on;
		if (this.#wayIn.look(receiving.loss) !== lost) await this.#say();
		const needed = this.#wayOut.look(sending.loss) || this.#theyLose;
		try {
			await room.setRedundant(needed);
		} catch {
			// The line broke on the way: whoever is unheard is sent anew.
			await this.#publish();
		}
	}
}
