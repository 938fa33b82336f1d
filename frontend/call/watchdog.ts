const BEAT_MS = 500;
const STALL_MS = 2000;
/** While nothing comes: how often the line is shaken. */
const AGAIN_MS = 4000;

/** Notices a dead line long before the browser does (15 s): bytes stop arriving. */
export class Watchdog {
	readonly #bytes: () => Promise<number>;
	readonly #expected: () => boolean;
	readonly #onStall: () => void;
	readonly #onFlow: () => void;
	#timer: ReturnType<typeof setInterval> | undefined;
	#last = 0;
	#movedAt = 0;
	#shakenAt = 0;

	constructor(options: {
		bytes: () => Promise<number>;
		/** Whether anything should be arriving at all. */
		expected: () => boolean;
		onStall: () => void;
		onFlow: () => void;
	}) {
		this.#bytes = options.bytes;
		this.#expected = options.expected;
		this.#onStall = options.onStall;
		this.#onFlow = options.onFlow;
	}

	start(): void {
		this.stop();
		this.#movedAt = Date.now();
		this.#timer = setInterval(() => void this.#look(), BEAT_MS);
	}

	stop(): void {
		clearInterval(this.#timer);
	}

	async #look(): Promise<void> {
		const bytes = await this.#bytes().catch(() => this.#last);
		const now = Date.now();
		if (bytes !== this.#last || !this.#expected()) {
			this.#last = bytes;
			this.#movedAt = now;
			if (this.#shakenAt > 0) this.#onFlow();
			this.#shakenAt = 0;
		} else if (
			now - this.#movedAt > STALL_MS &&
			now - this.#shakenAt > AGAIN_MS
		) {
			this.#shakenAt = now;
			this.#onStall();
		}
	}
}
