// The baseline: livekit-client as its documentation shows it. Everything happens after the button.
const { Room, RoomEvent, Track } = window.LivekitClient;

async function join() {
	const response = await fetch(`token${location.search}`);
	const { url, token } = await response.json();
	const room = new Room();
	room.on(RoomEvent.TrackSubscribed, (track) => {
		if (track.kind === Track.Kind.Video) {
			track.attach(document.getElementById("other"));
		} else {
			document.body.append(track.attach());
		}
	});
	await room.connect(url, token, { rtcConfig: { iceServers: [] } });
	await room.localParticipant.enableCameraAndMicrophone();
	document.body.dataset.joined = "yes";
}

document.getElementById("go").addEventListener("click", () => {
	window.nahbarBench.admission ??= performance.timeOrigin + performance.now();
	join();
});
