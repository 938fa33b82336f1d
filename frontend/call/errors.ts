// Why a device does not open, told apart as well as browsers allow.
import type { Browser } from "./config";

export type DeviceKind = "microphone" | "camera";

export type DeviceReason =
	/** The person closed the question; asking again is possible. */
	| "dismissed"
	/** The browser remembers a no and does not ask any more. */
	| "blocked"
	/** The operating system does not let the browser. */
	| "system"
	| "missing"
	| "in_use"
	| "in_app"
	/** Not https, so no browser hands out devices. */
	| "insecure"
	| "outdated"
	| "unknown";

export class DeviceError extends Error {
	readonly kind: DeviceKind;
	readonly reason: DeviceReason;

	constructor(kind: DeviceKind, reason: DeviceReason) {
		super(`${kind}: ${reason}`);
		this.name = "DeviceError";
		this.kind = kind;
		this.reason = reason;
	}
}

export function isDeviceError(error: unknown): error is DeviceError {
	return error instanceof DeviceError;
}

/** What keeps this browser from a talk altogether, known before anybody is asked. */
export function unfit(browser: Browser): DeviceReason | null {
	if (!window.isSecureContext) return "insecure";
	const capable =
		typeof navigator.mediaDevices?.getUserMedia === "function" &&
		typeof RTCPeerConnection === "function" &&
		"replaceTrack" in RTCRtpSender.prototype &&
		"addTransceiver" in RTCPeerConnection.prototype;
	if (capable) return null;
	return browser.inApp ? "in_app" : "outdated";
}

export async function toDeviceError(
	error: unknown,
	kind: DeviceKind,
	browser: Browser,
): Promise<DeviceError> {
	return new DeviceError(kind, await reasonOf(error, kind, browser));
}

function reasonOf(
	error: unknown,
	kind: DeviceKind,
	browser: Browser,
): DeviceReason | Promise<DeviceReason> {
	if (!(error instanceof DOMException)) return unfit(browser) ?? "unknown";
	if (error.name === "NotAllowedError") return refusal(error, kind, browser);
	return BY_NAME[error.name] ?? "unknown";
}

const BY_NAME: Record<string, DeviceReason> = {
	NotFoundError: "missing",
	OverconstrainedError: "missing",
	NotReadableError: "in_use",
	AbortError: "in_use",
	SecurityError: "blocked",
};

async function refusal(
	error: DOMException,
	kind: DeviceKind,
	browser: Browser,
): Promise<DeviceReason> {
	// Chromium words it so; no browser has a code for it.
	if (/system/i.test(error.message)) return "system";
	if (browser.inApp) return "in_app";
	if (/dismissed/i.test(error.message)) return "dismissed";
	return (await permission(kind)) === "prompt" ? "dismissed" : "blocked";
}

async function permission(kind: DeviceKind): Promise<PermissionState | null> {
	try {
		const answer = await navigator.permissions.query({
			// Firefox and old Safari do not know these names and throw.
			name: kind as PermissionName,
		});
		return answer.state;
	} catch {
		return null;
	}
}
