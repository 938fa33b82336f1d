// The one place that knows livekit-client: connect, publish, subscribe, leave.
import {
	ConnectionError,
	ConnectionQuality,
	DefaultReconnectPolicy,
	DisconnectReason,
	LocalAudioTrack,
	type LocalTrack,
	LocalVideoTrack,
	LogLevel,
	type RemoteParticipant,
	type RemoteTrack,
	Room,
	RoomEvent,
	setLogLevel,
	Track,
	type TrackPublishOptions,
} from "livekit-client";
import { encodingOf, pictureOptions, soundOptions } from "./encodings";
import type { Rung } from "./ladder";
import { type Line, LineMeter } from "./line";
import { type LineWords, readWords, writeWords } from "./line-words";
import { longPackets } from "./packets";
import {
	type CloseReason,
	type Credentials,
	type LocalMedia,
	type Log,
	type PeerState,
	RoomError,
	type RoomListener,
} from "./room-types";
import { inbound, type SoundSoFar, soundSoFar, traffic } from "./traffic";
import { Watchdog } from "./watchdog";

// A refused join's message carries the whole token: LiveKit must never print.
setLogLevel(LogLevel.silent);

/** A media server that comes back has forgotten the room: then asking the application is quicker. */
const RETRY_MS = [0, 300, 600, 1000, 1500, 2000, 2000, 2000, 2000, 2000];

/** Marks what the two pages tell each other about their lines. */
const LINE = "line";

const MOMENT_MS = 1500;

/** Seconds without a packet of theirs. */
const LOST_AFTER = 2;

/** Marks what the written talk and the help with sound say (wire.ts). */
const BESIDE = "beside";

const CLOSED: Partial<Record<DisconnectReason, CloseReason>> = {
	[DisconnectReason.CLIENT_INITIATED]: "asked",
	[DisconnectReason.DUPLICATE_IDENTITY]: "taken_over",
	[DisconnectReason.PARTICIPANT_REMOVED]: "removed",
	[DisconnectReason.ROOM_DELETED]: "ended",
	[DisconnectReason.ROOM_CLOSED]: "ended",
};

export class MediaRoom {
	readonly #room: Room;
	readonly #listener: RoomListener;
	readonly #log: Log;
	readonly #video: HTMLVideoElement;
	readonly #saver: boolean;
	readonly #meter = new LineMeter();
	#rung: Rung;
	#redundant = false;
	#pictureWanted = true;
	#unheardSince = 0;
	#microphone: LocalAudioTrack | null = null;
	#camera: LocalVideoTrack | null = null;
	#soundOnly = false;
	#reconnecting = false;
	#peer = peerState(undefined);
	readonly #watchdog = new Watchdog({
		bytes: () => this.#traffic("bytesReceived"),
		expected: () => this.#peer.microphone || this.#peer.camera,
		onStall: () => this.#shake(),
		onFlow: () => this.#setReconnecting(false),
	});

	constructor(options: {
		listener: RoomListener;
		/** Where the other person's picture goes; sized before it comes. */
		video: HTMLVideoElement;
		saver: boolean;
		rung: Rung;
		log: Log;
	}) {
		this.#listener = options.listener;
		this.#log = options.log;
		this.#video = options.video;
		this.#saver = options.saver;
		this.#rung = options.rung;
		if (options.saver) longPackets();
		this.#room = new Room({
			// Two people, one layer: nothing to choose between.
			adaptiveStream: false,
			// What is sent follows the ladder and the other page's word, not a second opinion.
			dynacast: false,
			disconnectOnPageLeave: true,
			// One line to receive and one to send: what comes need not wait for what goes to be agreed.
			singlePeerConnection: false,
			stopLocalTrackOnUnpublish: true,
			reconnectPolicy: new DefaultReconnectPolicy(RETRY_MS),
		});
		this.#listen();
	}

	async connect(credentials: Credentials): Promise<void> {
		try {
			await this.#room.connect(credentials.url, credentials.token, {
				autoSubscribe: true,
				// An empty list sends none: no public server is ever asked.
				rtcConfig: { iceServers: credentials.iceServers },
			});
		} catch (error) {
			// Only the fact goes on: the text may hold the token.
			const refused = error instanceof ConnectionError && error.status;
			throw new RoomError(refused ? "refused" : "unreachable");
		}
		this.#log("connected", { admitted: this.admitted });
		// The line that sends is made ready while nobody may send yet.
		void this.#room.engine.negotiate().catch(() => undefined);
		this.#watchdog.start();
		this.#tellPeer();
		this.#listener.onSoundBlocked(!this.#room.canPlaybackAudio);
	}

	get admitted(): boolean {
		return this.#room.localParticipant.permissions?.canPublish ?? false;
	}

	/** Sends what is open. Tracks were made before, so the picture comes at once. */
	async publish(media: LocalMedia): Promise<void> {
		const sending: Promise<unknown>[] = [];
		if (media.microphone && !this.#microphone) {
			this.#microphone = new LocalAudioTrack(
				media.microphone,
				media.microphoneConstraints,
				false,
			);
			if (!media.wanted.microphone) await this.#microphone.mute();
			sending.push(this.#sendSound(this.#microphone));
		}
		const picture = media.wanted.camera && this.#rung !== "sound";
		if (media.camera && !this.#camera && picture) {
			this.#camera = new LocalVideoTrack(
				media.camera,
				media.cameraConstraints,
				false,
			);
			sending.push(this.#sendPicture(this.#camera));
		}
		if (sending.length === 0) return;
		await Promise.all(sending);
		this.#log("published", {
			microphone: this.#microphone !== null,
			camera: this.#camera !== null,
		});
	}

	/** The device is gone; what it sent goes, so that another can be sent in its place. */
	async drop(kind: "microphone" | "camera"): Promise<void> {
		const track = kind === "camera" ? this.#camera : this.#microphone;
		if (kind === "camera") this.#camera = null;
		else this.#microphone = null;
		if (!track) return;
		await this.#room.localParticipant.unpublishTrack(track.mediaStreamTrack);
	}

	async setMicrophone(on: boolean): Promise<void> {
		await (on ? this.#microphone?.unmute() : this.#microphone?.mute());
	}

	/** Off releases the device, so its light goes out too. */
	async setCamera(on: boolean): Promise<void> {
		await (on ? this.#camera?.unmute() : this.#camera?.mute());
	}

	get cameraPublished(): boolean {
		return this.#camera !== null;
	}

	get cameraTrack(): MediaStreamTrack | null {
		if (!this.#camera || this.#camera.isMuted) return null;
		return this.#camera.mediaStreamTrack;
	}

	async switchCamera(facing: "user" | "environment"): Promise<void> {
		await this.#camera?.restartTrack({ facingMode: facing });
	}

	/** Sends as much picture as the rung allows. */
	async setRung(rung: Rung): Promise<void> {
		this.#rung = rung;
		const camera = this.#camera;
		const sender = camera?.sender;
		if (!sender) return;
		const height = heightOf(camera);
		const parameters = sender.getParameters();
		for (const encoding of parameters.encodings) {
			Object.assign(encoding, encodingOf(rung, height));
		}
		await sender.setParameters(parameters);
	}

	/** Tells the other page about this end of the line, so that both can say why a picture stands still. */
	async say(words: LineWords): Promise<void> {
		// Lost words are said again at the next step; the picture itself needs none.
		await this.#say(LINE, writeWords(words)).catch(() => undefined);
	}

	/** Sends sound twice over: costs a little, and bridges what a bad line loses. */
	async setRedundant(on: boolean): Promise<void> {
		const track = this.#microphone;
		if (on === this.#redundant || !track) return;
		this.#redundant = on;
		// There is no other way to change it than to send the microphone anew (0.3 s).
		await this.#room.localParticipant.unpublishTrack(
			track.mediaStreamTrack,
			false,
		);
		await this.#sendSound(track);
	}

	/** Whether their picture comes at all; the last one stays where it is. */
	setPictureWanted(on: boolean): void {
		this.#pictureWanted = on;
		for (const peer of this.#room.remoteParticipants.values()) {
			peer.getTrackPublication(Track.Source.Camera)?.setEnabled(on);
		}
	}

	/** Asked once a second: also finds out whether the other person still comes through. */
	async line(): Promise<Line> {
		const { publisher, subscriber } = this.#room.engine.pcManager ?? {};
		const line = await this.#meter.look(publisher, subscriber);
		if (this.#peer.lost !== this.#isLost(this.#peer)) this.#tellPeer();
		return line;
	}

	setSoundOnly(on: boolean): void {
		this.#soundOnly = on;
		for (const peer of this.#room.remoteParticipants.values()) {
			peer.getTrackPublication(Track.Source.Camera)?.setSubscribed(!on);
		}
		this.#tellPeer();
	}

	/** In a tap: the browser wanted one before it plays sound. */
	async startSound(): Promise<void> {
		await this.#room.startAudio();
	}

	/** Who is there with us; the same person keeps it over an interruption. */
	get other(): string | null {
		return [...this.#room.remoteParticipants.keys()][0] ?? null;
	}

	send(data: Uint8Array<ArrayBuffer>): Promise<void> {
		return this.#say(BESIDE, data);
	}

	sound(): Promise<SoundSoFar> {
		return soundSoFar(this.#transports());
	}

	/** What is sent; another track than the one first opened once it was renewed. */
	get microphoneTrack(): MediaStreamTrack | null {
		return this.#microphone?.mediaStreamTrack ?? null;
	}

	/** Opens the device again, for when it no longer gives any sound. */
	async renewMicrophone(): Promise<void> {
		await this.#microphone?.restartTrack();
	}

	async leave(): Promise<void> {
		await this.#room.disconnect(true);
	}

	/** For tests only: what arrives. */
	stats(): Promise<unknown[]> {
		const tracks = [...this.#room.remoteParticipants.values()]
			.flatMap((peer) => [...peer.trackPublications.values()])
			.map((publication) => publication.track);
		return inbound(tracks);
	}

	/** For tests only. */
	get raw(): Room {
		return this.#room;
	}

	/** Bytes both ways, headers included, since this connection began. */
	async bytes(): Promise<number> {
		const [sent, received] = await Promise.all([
			this.#traffic("bytesSent"),
			this.#traffic("bytesReceived"),
		]);
		return sent + received;
	}

	#traffic(which: "bytesSent" | "bytesReceived"): Promise<number> {
		return traffic(this.#transports(), which);
	}

	#transports() {
		const { pcManager } = this.#room.engine;
		return [pcManager?.publisher, pcManager?.subscriber];
	}

	/** Nothing arrives: says so, and starts the connection's own recovery at once. */
	#shake(): void {
		this.#log("stalled");
		this.#setReconnecting(true);
		this.#room.simulateScenario("signal-reconnect").catch(() => undefined);
	}

	#setReconnecting(reconnecting: boolean): void {
		if (reconnecting === this.#reconnecting) return;
		this.#reconnecting = reconnecting;
		this.#log(reconnecting ? "reconnecting" : "reconnected");
		if (reconnecting) this.#listener.onReconnecting();
		else this.#listener.onReconnected();
	}

	#send(
		track: LocalAudioTrack | LocalVideoTrack,
		options: TrackPublishOptions,
	): Promise<unknown> {
		// Their types and our exactOptionalPropertyTypes disagree; the objects do not.
		const local = track as LocalTrack;
		return this.#room.localParticipant.publishTrack(local, options);
	}

	/** What could not be sent is forgotten, so that the next try sends it anew. */
	async #sendSound(track: LocalAudioTrack): Promise<void> {
		try {
			const source = Track.Source.Microphone;
			const how = soundOptions(this.#saver, this.#redundant);
			await this.#send(track, { source, ...how });
		} catch (error) {
			this.#microphone = null;
			this.#redundant = false;
			throw error;
		}
	}

	async #sendPicture(track: LocalVideoTrack): Promise<void> {
		try {
			const source = Track.Source.Camera;
			const rung = this.#rung;
			const how = pictureOptions(rung, heightOf(track));
			await this.#send(track, { source, ...how });
			if (rung !== this.#rung) await this.setRung(this.#rung);
		} catch (error) {
			this.#camera = null;
			throw error;
		}
	}

	#listen(): void {
		const tellPeer = () => this.#tellPeer();
		this.#room
			.on(RoomEvent.ParticipantPermissionsChanged, (_, participant) => {
				if (participant !== this.#room.localParticipant) return;
				this.#log("permission", { admitted: this.admitted });
				this.#listener.onAdmitted(this.admitted);
			})
			.on(RoomEvent.TrackSubscribed, (track) => this.#attach(track))
			.on(RoomEvent.TrackUnsubscribed, (track) => track.detach())
			.on(RoomEvent.TrackPublished, (publication) => {
				if (publication.source !== Track.Source.Camera) return;
				if (this.#soundOnly) publication.setSubscribed(false);
				if (!this.#pictureWanted) publication.setEnabled(false);
			})
			.on(RoomEvent.ActiveSpeakersChanged, (speakers) => {
				const own = speakers.includes(this.#room.localParticipant);
				this.#listener.onOwnSpeaking(own);
				tellPeer();
			})
			.on(RoomEvent.ConnectionQualityChanged, () => {
				this.#tellLine();
				tellPeer();
			})
			.on(RoomEvent.AudioPlaybackStatusChanged, (playing) =>
				this.#listener.onSoundBlocked(!playing),
			)
			.on(RoomEvent.DataReceived, (data, from, _, topic) => {
				if (!mayTalk(from)) return;
				if (topic === LINE) this.#told(data);
				if (topic === BESIDE) this.#listener.onData(data);
			})
			.on(RoomEvent.Reconnecting, () => this.#setReconnecting(true))
			.on(RoomEvent.SignalReconnecting, () => this.#log("signal-lost"))
			.on(RoomEvent.Reconnected, () => {
				this.#setReconnecting(false);
				tellPeer();
			})
			.on(RoomEvent.Disconnected, (reason) => this.#closed(reason));
		for (const event of [
			RoomEvent.ParticipantConnected,
			RoomEvent.ParticipantDisconnected,
			RoomEvent.TrackSubscribed,
			RoomEvent.TrackUnsubscribed,
			RoomEvent.TrackUnpublished,
			RoomEvent.TrackMuted,
			RoomEvent.TrackUnmuted,
		] as const) {
			this.#room.on(event, tellPeer);
		}
	}

	#attach(track: RemoteTrack): void {
		if (track.kind === Track.Kind.Video) {
			track.attach(this.#video);
		} else {
			const audio = track.attach();
			audio.hidden = true;
			document.body.append(audio);
		}
		this.#log("subscribed", { kind: track.kind });
	}

	#tellLine(): void {
		const poor = (one: { connectionQuality: ConnectionQuality } | undefined) =>
			one?.connectionQuality === ConnectionQuality.Poor ? "poor" : "good";
		this.#listener.onLine({
			own: poor(this.#room.localParticipant),
			peer: poor([...this.#room.remoteParticipants.values()].at(0)),
		});
	}

	/** By name to those who can be seen: what is said to all also reaches whoever waits, hidden, at the door. */
	async #say(topic: string, data: Uint8Array<ArrayBuffer>): Promise<void> {
		const { localParticipant, remoteParticipants } = this.#room;
		const destinationIdentities = [...remoteParticipants.keys()];
		if (destinationIdentities.length === 0 || !this.admitted) return;
		const how = { reliable: true, topic, destinationIdentities };
		await localParticipant.publishData(data, how);
	}

	#told(payload: Uint8Array): void {
		const words = readWords(payload);
		if (words) this.#listener.onWords(words);
		else this.#log("words-malformed");
	}

	#tellPeer(): void {
		const peer = [...this.#room.remoteParticipants.values()].at(0);
		const before = this.#peer.microphone;
		this.#peer = peerState(peer);
		if (before && peer && !peer.getTrackPublication(Track.Source.Microphone)) {
			this.#peer.microphone = this.#isBrief();
		} else {
			this.#unheardSince = 0;
		}
		if (!before && this.#peer.microphone) this.#meter.unmuted();
		this.#peer.lost = this.#isLost(this.#peer);
		this.#listener.onPeer(this.#peer);
	}

	/** An open microphone is never silent on the line. Without one the media server tells, after ten seconds. */
	#isLost({ present, microphone }: PeerState): boolean {
		if (!present) return false;
		if (microphone) return this.#meter.silence >= LOST_AFTER;
		const peer = [...this.#room.remoteParticipants.values()].at(0);
		return peer?.connectionQuality === ConnectionQuality.Lost;
	}

	/** A microphone that is sent anew is gone for a moment, and nobody has switched it off. */
	#isBrief(): boolean {
		if (this.#unheardSince === 0) {
			this.#unheardSince = Date.now();
			setTimeout(() => this.#tellPeer(), MOMENT_MS);
		}
		return Date.now() - this.#unheardSince < MOMENT_MS;
	}

	#closed(reason: DisconnectReason | undefined): void {
		const why = (reason !== undefined && CLOSED[reason]) || "lost";
		this.#log("disconnected", { reason: why });
		this.#watchdog.stop();
		this.#microphone = null;
		this.#camera = null;
		this.#listener.onClosed(why);
	}
}

const heightOf = (track: LocalVideoTrack): number =>
	track.mediaStreamTrack.getSettings().height ?? 0;

/** Nobody who waits can send; this holds should the server ever let them. */
const mayTalk = (from: RemoteParticipant | undefined): boolean =>
	from?.permissions?.canPublish ?? false;

function peerState(peer: RemoteParticipant | undefined): PeerState {
	const camera = peer?.getTrackPublication(Track.Source.Camera);
	return {
		present: peer !== undefined,
		microphone: peer?.isMicrophoneEnabled ?? false,
		camera: camera !== undefined && !camera.isMuted,
		speaking: peer?.isSpeaking ?? false,
		lost: false,
	};
}
