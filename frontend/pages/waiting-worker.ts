// Asks who is waiting. In a worker, because a hidden tab's own timers are throttled.
import type { WaitingAnswer, WorkerOrder } from "./waiting-types";

const RETRY_SECONDS = 10;
const TIMEOUT_MS = 15_000;

let url = "";
let etag = "";

async function ask(): Promise<number> {
	const headers: HeadersInit = { Accept: "application/json" };
	if (etag) headers["If-None-Match"] = etag;
	const stop = new AbortController();
	const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
	try {
		const response = await fetch(url, {
			headers,
			// The browser's cache would hide the 304 we want to see.
			cache: "no-store",
			redirect: "error",
			signal: stop.signal,
		});
		if (response.status === 304) return seconds(response);
		// Signed out or no longer allowed: nothing to ask any more.
		if (response.status === 401 || response.status === 403) return 0;
		if (!response.ok) return RETRY_SECONDS;
		etag = response.headers.get("ETag") ?? "";
		const answer = (await response.json()) as WaitingAnswer;
		lastAskAgain = answer.askAgain;
		postMessage({ ...answer, ahead: ahead(response) } satisfies WaitingAnswer);
		return answer.askAgain;
	} finally {
		clearTimeout(timer);
	}
}

/** The device's clock may be wrong by a day; how long somebody waits is told by the server's. */
function ahead(response: Response): number {
	const server = Date.parse(response.headers.get("Date") ?? "");
	return Number.isNaN(server) ? 0 : server - Date.now();
}

let lastAskAgain = RETRY_SECONDS;

function seconds(response: Response): number {
	return Number(response.headers.get("X-Ask-Again")) || lastAskAgain;
}

async function loop(): Promise<void> {
	const pause = await ask().catch(() => RETRY_SECONDS);
	if (pause > 0) setTimeout(() => void loop(), pause * 1000);
}

addEventListener("message", (event: MessageEvent<WorkerOrder>) => {
	url = event.data.url;
	void loop();
});
