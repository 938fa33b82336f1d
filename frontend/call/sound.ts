// What is heard and measured through Web Audio.

let shared: AudioContext | null = null;

/** One context for the document: phones allow few, and it was unlocked by a tap. */
function context(): AudioContext {
	shared ??= new AudioContext();
	if (shared.state === "suspended") void shared.resume();
	return shared;
}

/** Call it in a tap: a browser lets a page sound only after one. */
export function unlockSound(): void {
	try {
		context();
	} catch {
		// No sound device; the check for sound says so.
	}
}

function note(pitch: number, at: number, length: number): void {
	const audio = context();
	const start = audio.currentTime + at;
	const tone = audio.createOscillator();
	const volume = audio.createGain();
	tone.frequency.value = pitch;
	volume.gain.setValueAtTime(0, start);
	volume.gain.linearRampToValueAtTime(0.3, start + 0.04);
	volume.gain.exponentialRampToValueAtTime(0.001, start + length);
	tone.connect(volume).connect(audio.destination);
	tone.start(start);
	tone.stop(start + length);
}

/** Silent where the browser wants a tap first: sound is a help, never the message. */
function play(pitches: number[], length: number): void {
	if (navigator.userActivation?.hasBeenActive === false) return;
	try {
		for (const [index, pitch] of pitches.entries()) {
			note(pitch, index * length * 0.6, length);
		}
	} catch {
		// Words and picture say the same.
	}
}

export const testTone = (): void => play([523, 659, 784, 1047], 0.6);
/** Somebody is there: the waiting person for the counsellor, the talk for the client. */
export const knock = (): void => play([659, 880], 0.5);

export class LevelMeter {
	readonly #source: MediaStreamAudioSourceNode;
	readonly #analyser: AnalyserNode;
	readonly #samples: Float32Array<ArrayBuffer>;
	#frame = 0;

	constructor(track: MediaStreamTrack, onLevel: (level: number) => void) {
		const audio = context();
		this.#source = audio.createMediaStreamSource(new MediaStream([track]));
		this.#analyser = audio.createAnalyser();
		this.#analyser.fftSize = 1024;
		this.#samples = new Float32Array(this.#analyser.fftSize);
		this.#source.connect(this.#analyser);
		const tick = () => {
			onLevel(this.#level());
			this.#frame = requestAnimationFrame(tick);
		};
		tick();
	}

	stop(): void {
		cancelAnimationFrame(this.#frame);
		this.#source.disconnect();
	}

	/** Loudness from 0 to 1: -60 dB is silence, -15 dB a firm voice. */
	#level(): number {
		this.#analyser.getFloatTimeDomainData(this.#samples);
		const sum = this.#samples.reduce((total, one) => total + one * one, 0);
		const decibel = 10 * Math.log10(sum / this.#samples.length + 1e-10);
		return Math.min(1, Math.max(0, (decibel + 60) / 45));
	}
}
