// The way into the media room and back into it: asks the application, connects,
// and does so again for as long as the application says that there is a talk.
import { ApiError, type Join } from "./api";
import { pause } from "./dom";
import type { Rung } from "./ladder";
import { lifecycle } from "./log";
import type { MediaRoom } from "./room";
import type { CloseReason, LocalMedia, RoomListener } from "./room-types";

export interface LinkListener
	extends Pick<
		RoomListener,
		| "onPeer"
		| "onLine"
		| "onWords"
		| "onOwnSpeaking"
		| "onSoundBlocked"
		| "onData"
	> {
	/** The rights came or went, or we are in the room with or without them. */
	onAdmitted(admitted: boolean): void;
	/** The line is gone and we try to come back. Called once per interruption. */
	onAway(): void;
	onBack(): void;
	/** The media server closed the room or put us out. Why, only the application knows. */
	onPutOut(): void;
	/** Another page has our place, or the application does not let us in: `reason` says why. */
	onGone(reason: CloseReason | string, error?: ApiError): void;
}

interface LinkOptions {
	join: () => Promise<Join>;
	listener: LinkListener;
	video: HTMLVideoElement;
	saver: () => boolean;
	/** How much picture to begin with. */
	rung: () => Rung;
	/** Opened again before publishing when the browser ended a track meanwhile. */
	media: () => Promise<LocalMedia>;
}

/** Waits between tries, in seconds: quick at first, sparing later. */
const WAITS = [0.5, 1, 1.5, 2, 2, 3];

/** Fetched while the person reads; the browser keeps it. */
export const loadRoom = () => import("./room");

export class Link {
	readonly #options: LinkOptions;
	#room: MediaRoom | null = null;
	#asking = false;
	#over = false;
	#away = false;
	#returning = false;
	#bytesBefore = 0;
	#bytesNow = 0;

	constructor(options: LinkOptions) {
		this.#options = options;
	}

	get room(): MediaRoom | null {
		return this.#room;
	}

	get admitted(): boolean {
		return this.#room?.admitted ?? false;
	}

	/** In the room only to ask whether this device may take over. */
	get asking(): boolean {
		return this.#asking;
	}

	/** One try. Throws what stands in the way. */
	async open(): Promise<void> {
		const [join, { MediaRoom }] = await Promise.all([
			this.#options.join(),
			loadRoom(),
		]);
		if (this.#over) return;
		const room = new MediaRoom({
			listener: this.#roomListener(() => this.#room === room),
			video: this.#options.video,
			saver: this.#options.saver(),
			rung: this.#options.rung(),
			log: lifecycle,
		});
		this.#asking = join.state === "asking";
		await room.connect(join);
		if (this.#over) return room.leave();
		this.#room = room;
		this.#admitted(room.admitted);
	}

	/** Comes back by itself, until it works or the application says no. */
	async reopen(): Promise<void> {
		if (this.#over || this.#returning) return;
		this.#returning = true;
		this.#setAway(true);
		await this.#dropRoom();
		for (let attempt = 0; !this.#over; attempt += 1) {
			try {
				await this.open();
				break;
			} catch (error) {
				if (isFinal(error)) {
					this.#gone(error.reason, error);
					break;
				}
				lifecycle("retry", { attempt });
				await pause((WAITS[Math.min(attempt, WAITS.length - 1)] ?? 3) * 1000);
			}
		}
		this.#returning = false;
		if (!this.#over) this.#setAway(false);
	}

	async publish(): Promise<void> {
		await this.#room?.publish(await this.#options.media());
	}

	/** The other of one's own two devices goes on; `wake` comes before the next `open`. */
	async rest(): Promise<void> {
		this.#over = true;
		this.#away = false;
		await this.#dropRoom();
	}

	wake(): void {
		this.#over = false;
	}

	async close(): Promise<void> {
		this.#over = true;
		await this.#room?.leave();
		this.#room = null;
	}

	/** Bytes both ways over all connections of this page. */
	async bytes(): Promise<number> {
		this.#bytesNow = (await this.#room?.bytes()) ?? 0;
		return this.#bytesBefore + this.#bytesNow;
	}

	/** A room that is not ours yet, or no longer, closes without anybody being told. */
	#roomListener(isOurs: () => boolean): RoomListener {
		const { listener } = this.#options;
		const { onPeer, onLine, onWords, onOwnSpeaking, onSoundBlocked, onData } =
			listener;
		return {
			onPeer,
			onLine,
			onWords,
			onOwnSpeaking,
			onSoundBlocked,
			onData,
			onAdmitted: (admitted) => this.#admitted(admitted),
			onReconnecting: () => this.#setAway(true),
			onReconnected: () => this.#setAway(false),
			onClosed: (reason) => {
				if (isOurs()) this.#closed(reason);
			},
		};
	}

	#admitted(admitted: boolean): void {
		// Sending comes first: the other person is waiting for the picture.
		const sent = admitted ? this.publish() : Promise.resolve();
		this.#options.listener.onAdmitted(admitted);
		sent.catch(() => lifecycle("publish-failed"));
	}

	#closed(reason: CloseReason): void {
		this.#bytesBefore += this.#bytesNow;
		this.#bytesNow = 0;
		if (this.#over || reason === "asked" || this.#returning) return;
		this.#room = null;
		if (reason === "lost" || reason === "refused") void this.reopen();
		else if (reason === "taken_over") this.#gone(reason);
		else this.#options.listener.onPutOut();
	}

	#gone(reason: string, error?: ApiError): void {
		this.#over = true;
		this.#options.listener.onGone(reason, error);
	}

	async #dropRoom(): Promise<void> {
		const room = this.#room;
		this.#room = null;
		await room?.leave().catch(() => undefined);
	}

	#setAway(away: boolean): void {
		if (away === this.#away) return;
		this.#away = away;
		if (away) this.#options.listener.onAway();
		else this.#options.listener.onBack();
	}
}

/** Refusals that asking again does not change. */
export function isFinal(error: unknown): error is ApiError {
	return error instanceof ApiError && error.status >= 400 && error.status < 500;
}
