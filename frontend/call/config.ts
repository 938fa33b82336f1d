// What the server hands to the call document.

export interface Browser {
	family: "chrome" | "firefox" | "safari" | "samsung" | "edge" | "other";
	os: "android" | "ios" | "windows" | "mac" | "linux" | "other";
	inApp: boolean;
}

export type Step = "microphone" | "camera" | "sound" | "connection";
export type StepResult = "ok" | "skipped" | "failed";

interface CommonConfig {
	csrf: string;
	phone: { display: string; tel: string };
	office: string;
	counterpart: { name: string; initials: string };
	startsAt: string;
	endsAt: string;
	/** Phones on mobile data: one small layer both ways. The answer to the question may change it. */
	saver: boolean;
	browser: Browser;
	/** Test and demo settings only: lets tests look at the connection's statistics. */
	debug: boolean;
	texts: Record<string, string>;
}

export interface ClientConfig extends CommonConfig {
	role: "client";
	urls: Record<
		| "check"
		| "probe"
		| "arrive"
		| "state"
		| "leave"
		| "telephone"
		| "mode"
		| "withdraw"
		| "privacy"
		| "end",
		string
	> & { link?: string };
	opensAt: string;
	/** Checked on this device before: one button opens everything. */
	prepared: boolean;
	/** This device was in the talk a moment ago: nothing is asked again. */
	resume: boolean;
	/** A phone: its data may cost something. */
	asksForNet: boolean;
	remembered: Partial<Record<Step, StepResult>>;
}

export interface CounsellorConfig extends CommonConfig {
	role: "counsellor";
	urls: Record<
		| "join"
		| "admit"
		| "eject"
		| "change_device"
		| "refuse_device"
		| "end"
		| "leave"
		| "telephone"
		| "state"
		| "seen"
		| "tablet_code"
		| "tablet_fetch"
		| "tablet_drop",
		string
	>;
	autoAdmit: boolean;
}

export interface TabletConfig extends CommonConfig {
	role: "tablet";
	urls: Record<"take" | "join" | "state" | "back", string>;
	/** Comes from the code, or had picture and sound before a reload: takes them without another tap. */
	takes: boolean;
}

export type Config = ClientConfig | CounsellorConfig | TabletConfig;

export function readConfig<T extends Config>(role: T["role"]): T {
	const element = document.getElementById("nb-config");
	const config = JSON.parse(element?.textContent ?? "null") as T | null;
	if (config?.role !== role) throw new Error(`nb-config is not for ${role}`);
	return config;
}

export type Translate = (
	key: string,
	values?: Record<string, string | number>,
) => string;

export function translator(texts: Record<string, string>): Translate {
	return (key, values = {}) => {
		const text = texts[key];
		if (text === undefined) {
			console.warn(`nahbar: text "${key}" is missing`);
			return "";
		}
		return text.replace(/\{(\w+)\}/g, (_, name: string) =>
			String(values[name] ?? ""),
		);
	};
}
