// Talks to the application. Every refusal carries the server's `reason`.
import type { StepResult } from "./config";

export interface Join {
	url: string;
	token: string;
	identity: string;
	iceServers: RTCIceServer[];
	/** `asking`: another device of the same person is in the talk; this one may take over once let in. */
	state: "waiting" | "admitted" | "asking";
	counterpart: { name: string; initials: string };
}

export type Probe = Pick<Join, "url" | "token" | "iceServers">;

export interface ClientState {
	state:
		| "not_open"
		| "waiting"
		| "asking"
		| "left"
		| "admitted"
		| "ended"
		| "withdrawn"
		| "mode"
		| "removed"
		| "taken_over";
	headline: string;
	text: string;
	opensAt: string | null;
	startsAt: string;
	noticed: boolean;
	next: string | null;
	askAgain: number;
}

export interface CounsellorState {
	state: "open" | "active" | "ended";
	client: "absent" | "waiting" | "admitted" | "out" | "left" | "removed";
	clientSince: string | null;
	/** The same person asks to go on on another device. */
	takeover: { since: string } | null;
	/** The channel is needed from then on; the talk goes on all the same. */
	overrun: { until: string; text: string } | null;
	/** The counsellor's tablet beside the PC, or instead of it; `silent`: it does not report any more. */
	tablet: { state: "ready" | "holding"; silent: boolean } | null;
	problem: string | null;
	next: string | null;
}

export interface TabletState {
	state: "ready" | "holding";
	/** Whether the counsellor is in the media room, on whichever device. */
	connected: boolean;
}

export interface TabletCode {
	html: string;
	seconds: number;
}

export interface CheckReport {
	step: string;
	result: StepResult;
	reason?: string;
}

/** "offline": no answer at all; "server": an answer without a reason. */
export class ApiError extends Error {
	readonly reason: string;
	readonly status: number;
	readonly body: Record<string, unknown>;

	constructor(status: number, body: Record<string, unknown>) {
		const reason = typeof body.reason === "string" ? body.reason : "server";
		super(`${status} ${reason}`);
		this.name = "ApiError";
		this.reason = reason;
		this.status = status;
		this.body = body;
	}
}

const TIMEOUT_MS = 12_000;

export class Api {
	readonly #csrf: string;

	constructor(csrf: string) {
		this.#csrf = csrf;
	}

	get<T>(url: string): Promise<T> {
		return request<T>(url, { headers: { Accept: "application/json" } });
	}

	post<T>(url: string, body: object = {}, keepalive = false): Promise<T> {
		return request<T>(url, {
			method: "POST",
			headers: {
				Accept: "application/json",
				"Content-Type": "application/json",
				"X-CSRFToken": this.#csrf,
			},
			body: JSON.stringify(body),
			keepalive,
		});
	}
}

async function request<T>(url: string, init: RequestInit): Promise<T> {
	const stop = new AbortController();
	const timer = setTimeout(() => stop.abort(), TIMEOUT_MS);
	let response: Response;
	try {
		response = await fetch(url, {
			...init,
			cache: "no-store",
			signal: stop.signal,
		});
	} catch {
		throw new ApiError(0, { reason: "offline" });
	} finally {
		clearTimeout(timer);
	}
	const body = (await response.json().catch(() => ({}))) as Record<
		string,
		unknown
	>;
	if (!response.ok || response.redirected) {
		throw new ApiError(response.status, body);
	}
	return body as T;
}
