import { pause } from "./dom";

/** Asks again and again; `soon()` asks at once. One question at a time. */
export class Poll {
	readonly #ask: () => Promise<number>;
	#running = false;
	/** Asked for while a question was under way: its answer may be too old. */
	#again = false;
	#wake: (() => void) | null = null;

	/** `ask` answers how many seconds to wait; 0 ends it. */
	constructor(ask: () => Promise<number>) {
		this.#ask = ask;
	}

	start(): void {
		this.soon();
		if (this.#running) return;
		this.#running = true;
		void this.#loop();
	}

	soon(): void {
		this.#again = true;
		this.#wake?.();
	}

	stop(): void {
		this.#running = false;
		this.#wake?.();
	}

	async #loop(): Promise<void> {
		while (this.#running) {
			this.#again = false;
			// Without an answer nothing has changed: ask a little later.
			const seconds = await this.#ask().catch(() => 5);
			if (seconds <= 0) this.#running = false;
			if (!this.#running) return;
			if (this.#again) continue;
			const woken = new Promise<void>((resolve) => {
				this.#wake = resolve;
			});
			await Promise.race([woken, pause(seconds * 1000)]);
			this.#wake = null;
		}
	}
}
