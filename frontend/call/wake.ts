/** Keeps the screen awake while somebody waits or talks. */
export class ScreenLock {
	#lock: WakeLockSentinel | null = null;
	#wanted = false;

	constructor() {
		// The browser takes the lock away with the page out of sight.
		document.addEventListener("visibilitychange", () => {
			if (this.#wanted && document.visibilityState === "visible") this.hold();
		});
	}

	hold(): void {
		this.#wanted = true;
		if (!("wakeLock" in navigator)) return;
		navigator.wakeLock.request("screen").then(
			(lock) => {
				this.#lock = lock;
				if (!this.#wanted) this.release();
			},
			() => {
				// Low battery: the browser's own decision.
			},
		);
	}

	release(): void {
		this.#wanted = false;
		void this.#lock?.release();
		this.#lock = null;
	}
}
