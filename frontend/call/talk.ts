// What both sides see during a talk: the other large, oneself small, who speaks, what is on.
import type { Config, Translate } from "./config";
import { type Devices, looksAtOneself } from "./devices";
import { announce, byId, setText, showVideo } from "./dom";
import type { Rung } from "./ladder";
import type { Link } from "./link";
import type { Carried } from "./quality";
import type { LineState, PeerState } from "./room-types";

const CORNERS = 4;
/** With these the picture stands. */
const STILL: ReadonlySet<Rung> = new Set<Rung>(["still", "sound"]);
export const NOBODY: PeerState = {
	present: false,
	microphone: false,
	camera: false,
	speaking: false,
	lost: false,
};

interface Parts {
	config: Config;
	t: Translate;
	devices: Devices;
	link: Link;
	/** The other person, as one would say it in a sentence. */
	name: string;
	/** What the stage says while nobody is there. */
	absent: string;
}

export class Talk {
	readonly #parts: Parts;
	#absent: string;
	#peer = NOBODY;
	#ownSpeaking = false;
	#soundOnly = false;
	#began = 0;
	#timer = 0;

	constructor(parts: Parts) {
		this.#parts = parts;
		this.#absent = parts.absent;
		const own = byId("own");
		own.addEventListener("click", () => {
			const corner = Number(own.dataset.corner ?? 0);
			own.dataset.corner = String((corner + 1) % CORNERS);
		});
		byId("sound-on").addEventListener("click", () => {
			void parts.link.room?.startSound();
		});
	}

	start(): void {
		if (this.#timer) return;
		this.#began = Date.now();
		this.#timer = window.setInterval(() => void this.#tell(), 10_000);
		void this.#tell();
		this.#drawData();
		this.showOwn();
		this.#draw();
	}

	stop(): void {
		window.clearInterval(this.#timer);
		this.#timer = 0;
	}

	setSoundOnly(on: boolean): void {
		this.#soundOnly = on;
		this.#drawData();
		const sound = document.getElementById("data-sound");
		if (sound) sound.hidden = !on;
		this.#draw();
	}

	#drawData(): void {
		const picture = document.getElementById("data-picture");
		if (picture) picture.hidden = this.#soundOnly || !this.#parts.config.saver;
	}

	setAbsent(text: string): void {
		this.#absent = text;
		this.#draw();
	}

	onPeer(peer: PeerState): void {
		const before = this.#peer;
		this.#peer = peer;
		this.#draw();
		if (before.present && peer.present) this.#announceChange(before, peer);
	}

	/** Whose line is weak: seen before anything breaks. */
	onLine({ own, peer }: LineState): void {
		const { t, name } = this.#parts;
		const poor = own === "poor" || peer === "poor";
		byId("line").hidden = !poor;
		const key = own === "poor" ? "line_own" : "line_peer";
		if (poor) setText(byId("line-text"), t(key, { name }));
	}

	/** What the line carries; a change is said in words. */
	onCarried({ sending, receiving, theirs }: Carried): void {
		const { t, name } = this.#parts;
		const comes = this.#peer.camera && !this.#soundOnly;
		const stands = STILL.has(theirs) || receiving === "sound";
		const words = [
			comes && stands ? t("still", { name }) : "",
			this.#parts.devices.wanted.camera && STILL.has(sending)
				? t("own_still")
				: "",
		].filter(Boolean);
		const text = words.join(" ");
		const still = byId("still");
		const before = still.hidden ? "" : byId("still-text").textContent;
		if (text && text !== before) announce(text);
		if (!text && before) announce(t("picture_again"));
		still.hidden = text === "";
		setText(byId("still-text"), text);
		const saver = document.getElementById("saver");
		if (saver) saver.hidden = sending === "full";
	}

	onOwnSpeaking(speaking: boolean): void {
		this.#ownSpeaking = speaking;
		this.#drawSpeaker();
	}

	onSoundBlocked(blocked: boolean): void {
		byId("sound-on").hidden = !blocked;
	}

	/** The picture of oneself; it is another track after the camera was off. */
	showOwn(): void {
		const { devices, link } = this.#parts;
		const track = devices.wanted.camera
			? (link.room?.cameraTrack ?? devices.camera)
			: null;
		const video = byId<HTMLVideoElement>("own-video");
		showVideo(video, track);
		if (track) video.classList.toggle("is-mirrored", looksAtOneself(track));
		byId("own-off").hidden = track !== null;
	}

	#draw(): void {
		const { t, name } = this.#parts;
		const { present, camera, microphone } = this.#peer;
		const seen = present && camera && !this.#soundOnly;
		byId("other").hidden = !seen;
		byId("face").hidden = seen;
		setText(byId("face-text"), this.#faceText());
		const off = byId("peer-off");
		off.hidden = !present || microphone;
		setText(byId("peer-off-text"), t("peer_microphone_off", { name }));
		this.#drawSpeaker();
	}

	#faceText(): string {
		const { t, name } = this.#parts;
		if (!this.#peer.present) return this.#absent;
		if (this.#soundOnly) return t("sound_only");
		return this.#peer.camera ? "" : t("peer_camera_off", { name });
	}

	#drawSpeaker(): void {
		const { t, name } = this.#parts;
		const theirs = this.#peer.speaking && this.#peer.microphone;
		byId("stage").classList.toggle("k-stage--speaks", theirs);
		byId("own").classList.toggle("k-own--speaks", this.#ownSpeaking);
		const words = [
			theirs ? t("speaks", { name }) : "",
			this.#ownSpeaking ? t("you_speak") : "",
		].filter(Boolean);
		byId("speaker").hidden = words.length === 0;
		setText(byId("speaker-text"), words.join(" · "));
	}

	#announceChange(before: PeerState, now: PeerState): void {
		const { t, name } = this.#parts;
		if (before.microphone !== now.microphone) {
			announce(
				t(now.microphone ? "peer_microphone_on" : "peer_microphone_off", {
					name,
				}),
			);
		} else if (before.camera !== now.camera) {
			announce(t(now.camera ? "peer_camera_on" : "peer_camera_off", { name }));
		}
	}

	async #tell(): Promise<void> {
		const { t, link } = this.#parts;
		const minutes = Math.floor((Date.now() - this.#began) / 60_000);
		setText(byId("time"), t("minutes", { count: minutes }));
		const bytes = await link.bytes().catch(() => 0);
		const data = document.getElementById("data");
		if (data) setText(data, megabytes(bytes, t));
	}
}

function megabytes(bytes: number, t: Translate): string {
	const count = Math.round(bytes / 1e6);
	return count === 0 ? t("data_little") : t("data", { count });
}
