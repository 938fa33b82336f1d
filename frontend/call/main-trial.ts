// “Server prüfen”: whether this browser reaches the media server, with everything a talk needs but camera and microphone.
import { loadRoom } from "./link";
import { lifecycle } from "./log";
import { silent } from "./room-types";

interface Entry {
	url: string;
	token: string;
	iceServers: RTCIceServer[];
}

const texts: Record<string, string> = JSON.parse(
	document.getElementById("trial-texts")?.textContent ?? "{}",
);
const button = document.getElementById("trial") as HTMLButtonElement;

/** The application's answer, or the reason it gives for none. */
async function ask(): Promise<Entry | string> {
	const { url = "", csrf = "" } = button.dataset;
	const answer = await fetch(url, {
		method: "POST",
		headers: { "X-CSRFToken": csrf, Accept: "application/json" },
	});
	const body = await answer.json();
	return answer.ok ? body : String(body.reason ?? "failed");
}

async function tryOut(): Promise<string> {
	const entry = await ask();
	if (typeof entry === "string") return entry;
	const { MediaRoom } = await loadRoom();
	const room = new MediaRoom({
		listener: silent,
		video: document.createElement("video"),
		saver: false,
		rung: "sound",
		log: lifecycle,
	});
	try {
		await room.connect(entry);
	} catch (error) {
		return error instanceof Error ? error.message : "unreachable";
	}
	await room.leave();
	return "ok";
}

function tell(kind: "ok" | "bad" | "wait", reason: string): void {
	const template = document.getElementById(
		`trial-${kind}`,
	) as HTMLTemplateElement;
	const note = template.content.cloneNode(true) as DocumentFragment;
	const words = note.querySelector("p");
	if (words) words.textContent = texts[reason] ?? texts.failed ?? "";
	document.getElementById("trial-standing")?.replaceChildren(note);
}

button.addEventListener("click", async () => {
	button.disabled = true;
	tell("wait", "trying");
	const outcome = await tryOut().catch(() => "failed");
	tell(outcome === "ok" ? "ok" : "bad", outcome);
	button.disabled = false;
	button.focus();
});
