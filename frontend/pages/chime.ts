/** Two soft notes. Silent where the browser wants a click first: sound is a help, never the message. */
export function chime(): void {
	try {
		const context = new AudioContext();
		const end = [660, 880].reduce((at, pitch) => note(context, pitch, at), 0);
		setTimeout(() => void context.close(), (end + 0.5) * 1000);
	} catch {
		// No sound device: the words say it too.
	}
}

function note(context: AudioContext, pitch: number, after: number): number {
	const start = context.currentTime + after;
	const tone = context.createOscillator();
	const volume = context.createGain();
	tone.frequency.value = pitch;
	volume.gain.setValueAtTime(0, start);
	volume.gain.linearRampToValueAtTime(0.18, start + 0.03);
	volume.gain.exponentialRampToValueAtTime(0.001, start + 0.6);
	tone.connect(volume).connect(context.destination);
	tone.start(start);
	tone.stop(start + 0.65);
	return after + 0.22;
}
