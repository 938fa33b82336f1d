// “Server prüfen”: whether this browser reaches the media server, with all that a talk needs but camera and microphone.
import { Api, ApiError } from "./api";
import { loadRoom } from "./link";
import { lifecycle } from "./log";
import { type Credentials, silent } from "./room-types";

const texts: Record<string, string> = JSON.parse(
	document.getElementById("trial-texts")?.textContent ?? "{}",
);
const button = document.getElementById("trial") as HTMLButtonElement;

async function tryOut(): Promise<void> {
	const { url = "", csrf = "" } = button.dataset;
	const [entry, { MediaRoom }] = await Promise.all([
		new Api(csrf).post<Credentials>(url),
		loadRoom(),
	]);
	const room = new MediaRoom({
		listener: silent,
		video: document.createElement("video"),
		saver: false,
		rung: "sound",
		log: lifecycle,
	});
	await room.connect(entry);
	await room.leave();
}

/** Why it did not work, as far as there are words for it; an error of the room's has its reason as its message. */
function reasonOf(error: unknown): string {
	const reason =
		error instanceof ApiError ? error.reason : (error as Error).message;
	return reason in texts ? reason : "failed";
}

function tell(kind: "ok" | "bad" | "wait", reason: string): void {
	const template = document.getElementById(
		`trial-${kind}`,
	) as HTMLTemplateElement;
	const note = template.content.cloneNode(true) as DocumentFragment;
	const words = note.querySelector("p");
	if (words) words.textContent = texts[reason] ?? "";
	document.getElementById("trial-standing")?.replaceChildren(note);
}

export function begin(): void {
	button.addEventListener("click", press);
}

async function press(): Promise<void> {
	button.disabled = true;
	tell("wait", "trying");
	try {
		await tryOut();
		tell("ok", "ok");
	} catch (error) {
		lifecycle("trial-failed", { reason: reasonOf(error) });
		tell("bad", reasonOf(error));
	}
	button.disabled = false;
	button.focus();
}
