// Whether one direction of a line loses so much that its sound should be sent twice over. Pure.

const LOSSY_FROM = 0.03;
const ON_AFTER = 3;
const OFF_AFTER = 30;

export class Lossy {
	#on = false;
	#bad = 0;
	#good = 0;

	get on(): boolean {
		return this.#on;
	}

	/** One second's share of lost packets, 0 to 1. Quickly on, slowly off. */
	look(loss: number): boolean {
		const bad = loss > LOSSY_FROM;
		this.#bad = bad ? this.#bad + 1 : 0;
		this.#good = bad ? 0 : this.#good + 1;
		if (this.#bad >= ON_AFTER) this.#on = true;
		if (this.#good >= OFF_AFTER) this.#on = false;
		return this.#on;
	}
}
