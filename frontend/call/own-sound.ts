// What this page knows of its own sound, measured over two seconds.
import type { Devices } from "./devices";
import { pause } from "./dom";
import type { Link } from "./link";
import type { SoundSoFar } from "./traffic";
import type { Side } from "./wire";

const MEASURED_MS = 2000;
const WIRELESS = /bluetooth|airpods|buds|hands-?free|freisprech/i;
/** Not places, but words for one of the others. */
const ALIASES = ["default", "communications"];

export interface Sources {
	link: Pick<Link, "room">;
	devices: Pick<Devices, "microphone" | "wanted">;
}

export async function ownSide({ link, devices }: Sources): Promise<Side> {
	const before = await sound(link);
	await pause(MEASURED_MS);
	const after = await sound(link);
	const track = link.room?.microphoneTrack ?? devices.microphone;
	const outputs = await soundOutputs();
	return {
		microphone: microphone(track, devices.wanted.microphone),
		spoken: loudness(before, after, "spoken"),
		sent: difference(before, after, "sent"),
		received: difference(before, after, "received"),
		heard: loudness(before, after, "heard"),
		playback: playback(),
		bluetooth: await isWireless(track),
		outputs: outputs.length,
	};
}

/** The elements that play the other person's voice. */
export const players = (): HTMLAudioElement[] => [
	...document.querySelectorAll<HTMLAudioElement>("body > audio"),
];

/** Where sound can go, in browsers that let a page choose. */
export async function soundOutputs(): Promise<MediaDeviceInfo[]> {
	if (!("setSinkId" in HTMLMediaElement.prototype)) return [];
	const all = await navigator.mediaDevices.enumerateDevices();
	return all.filter(
		({ kind, deviceId, label }) =>
			kind === "audiooutput" && label !== "" && !ALIASES.includes(deviceId),
	);
}

async function sound(link: Sources["link"]): Promise<SoundSoFar> {
	return (await link.room?.sound().catch(() => ({}))) ?? {};
}

function microphone(
	track: MediaStreamTrack | null,
	wanted: boolean,
): Side["microphone"] {
	if (!track) return "none";
	if (!wanted) return "off";
	if (track.readyState === "ended") return "ended";
	return track.muted ? "held" : "on";
}

function playback(): Side["playback"] {
	if (players().some(({ paused }) => paused)) return "paused";
	const silent = players().some(({ muted, volume }) => muted || volume === 0);
	return silent ? "muted" : "on";
}

type Counter = keyof SoundSoFar;

function difference(
	before: SoundSoFar,
	after: SoundSoFar,
	counter: Counter,
): number | null {
	const [from, to] = [before[counter], after[counter]];
	return from === undefined || to === undefined ? null : Math.max(0, to - from);
}

/** The mean over the time: 0 is silence, 0.05 a voice. */
function loudness(
	before: SoundSoFar,
	after: SoundSoFar,
	counter: "spoken" | "heard",
): number | null {
	const energy = difference(before, after, counter);
	const seconds = difference(before, after, `${counter}Seconds`);
	return energy === null || !seconds ? null : Math.sqrt(energy / seconds);
}

/** Phones lead both ways over the same headset, and only name its microphone. */
async function isWireless(track: MediaStreamTrack | null): Promise<boolean> {
	const chosen = players()[0]?.sinkId || "default";
	const all = await navigator.mediaDevices.enumerateDevices();
	const output = all.find(
		({ kind, deviceId }) => kind === "audiooutput" && deviceId === chosen,
	);
	return [output?.label, track?.label].some((name) =>
		WIRELESS.test(name ?? ""),
	);
}
