// What the rest knows of the media room. Only room.ts knows LiveKit.
import type { Join } from "./api";
import type { LineWords } from "./line-words";

export interface PeerState {
	present: boolean;
	microphone: boolean;
	camera: boolean;
	speaking: boolean;
	/** In the room, and nothing comes from them any more. */
	lost: boolean;
}

/** What the media server thinks of both ends of the line. */
export interface LineState {
	own: "good" | "poor";
	peer: "good" | "poor";
}

export type CloseReason =
	| "asked"
	| "ended"
	| "removed"
	| "taken_over"
	| "lost"
	| "refused";

export interface RoomListener {
	/** The server gave or took the right to be seen and heard. */
	onAdmitted(admitted: boolean): void;
	onPeer(peer: PeerState): void;
	onLine(line: LineState): void;
	onWords(words: LineWords): void;
	onOwnSpeaking(speaking: boolean): void;
	onReconnecting(): void;
	onReconnected(): void;
	onSoundBlocked(blocked: boolean): void;
	/** Something the other person's page says. */
	onData(data: Uint8Array): void;
	onClosed(reason: CloseReason): void;
}

/** For a line that is only tried. */
export const silent: RoomListener = {
	onAdmitted: () => undefined,
	onPeer: () => undefined,
	onLine: () => undefined,
	onWords: () => undefined,
	onOwnSpeaking: () => undefined,
	onReconnecting: () => undefined,
	onReconnected: () => undefined,
	onSoundBlocked: () => undefined,
	onData: () => undefined,
	onClosed: () => undefined,
};

export interface LocalMedia {
	microphone: MediaStreamTrack | null;
	camera: MediaStreamTrack | null;
	microphoneConstraints: MediaTrackConstraints;
	cameraConstraints: MediaTrackConstraints;
	wanted: { microphone: boolean; camera: boolean };
}

export type Credentials = Pick<Join, "url" | "token" | "iceServers">;

/** Handed in, so that the chunk with LiveKit shares no code and no request with ours. */
export type Log = (
	event: string,
	details?: Record<string, string | number | boolean>,
) => void;

export class RoomError extends Error {
	readonly reason: "refused" | "unreachable";

	constructor(reason: "refused" | "unreachable") {
		super(reason);
		this.name = "RoomError";
		this.reason = reason;
	}
}
