// What the counsellor's PC knows of the tablet beside it: its code, whether it has picture and sound, its end.
import type { Api, CounsellorState, TabletCode } from "./api";
import type { CounsellorConfig, Translate } from "./config";
import { announce, byId, setText } from "./dom";
import type { Sheets } from "./sheets";

const SHEET = "sheet-tablet";
/** From here on the code's time is told in tens of seconds. */
const MINUTE = 60;
const STEP = 10;

interface Parts {
	config: CounsellorConfig;
	t: Translate;
	api: Api;
	sheets: Sheets;
	/** Something changed; the application knows what. */
	changed: () => void;
}

export class TabletDesk {
	readonly #parts: Parts;
	#tablet: CounsellorState["tablet"] = null;
	#timer = 0;

	constructor(parts: Parts) {
		this.#parts = parts;
		for (const id of ["btn-tablet", "device-tablet"]) {
			byId(id).addEventListener("click", () => this.#open(byId(id)));
		}
		const { tablet_fetch, tablet_drop } = parts.config.urls;
		this.#onTap("tablet-again", () => this.#newCode());
		this.#onTap("tablet-drop", () => this.#tell(tablet_drop));
		this.#onTap("handed-fetch", () => this.#tell(tablet_fetch));
		this.#onTap("handed-drop", () => this.#tell(tablet_drop));
	}

	/** The tablet has picture and sound. */
	get holds(): boolean {
		return this.#tablet?.state === "holding";
	}

	/** Something may change from one second to the next. */
	get busy(): boolean {
		return this.#tablet !== null || !byId(SHEET).hidden;
	}

	show(tablet: CounsellorState["tablet"]): void {
		const before = this.#tablet;
		this.#tablet = tablet;
		this.#draw();
		if (before?.state === tablet?.state) return;
		const { t, sheets } = this.#parts;
		if (tablet)
			announce(t(tablet.state === "holding" ? "handed" : "tablet_ready"));
		if (tablet) sheets.settle(SHEET);
	}

	#draw(): void {
		const { t } = this.#parts;
		const silent = this.#tablet?.silent ?? false;
		byId("inhalt").dataset.tablet = this.#tablet?.state ?? "none";
		byId("handed").hidden = !this.holds;
		setText(byId("handed-text"), t(silent ? "handed_silent" : "handed"));
		byId("tablet-paired").hidden = this.#tablet === null;
	}

	#open(opener: HTMLElement): void {
		const { sheets, changed } = this.#parts;
		sheets.toggle(SHEET, opener);
		if (byId(SHEET).hidden) return;
		changed();
		byId("tablet-new").hidden = this.#tablet !== null;
		if (!this.#tablet) void this.#newCode();
	}

	async #newCode(): Promise<void> {
		const { api, config, t } = this.#parts;
		try {
			const code = await api.post<TabletCode>(config.urls.tablet_code);
			byId("tablet-code").innerHTML = code.html;
			byId("tablet-new").hidden = false;
			this.#count(code.seconds);
		} catch {
			this.#say(t("tablet_failed"));
		}
	}

	/** Told in words; a code that is over is no longer shown. */
	#count(seconds: number): void {
		window.clearInterval(this.#timer);
		const end = Date.now() + seconds * 1000;
		this.#say(this.#left(seconds));
		this.#timer = window.setInterval(() => {
			const left = Math.ceil((end - Date.now()) / 1000);
			if (left > 0) return this.#tick(this.#left(left));
			window.clearInterval(this.#timer);
			byId("tablet-code").replaceChildren();
			this.#say(this.#parts.t("tablet_over"));
		}, 1000);
	}

	#left(seconds: number): string {
		const { t } = this.#parts;
		if (seconds > MINUTE) return t("tablet_minutes");
		if (seconds === MINUTE) return t("tablet_minute");
		return t("tablet_seconds", { count: Math.ceil(seconds / STEP) * STEP });
	}

	#tick(text: string): void {
		setText(byId("tablet-time"), text);
	}

	/** Seen, and said once to screen readers. */
	#say(text: string): void {
		this.#tick(text);
		setText(byId("tablet-said"), text);
	}

	async #tell(address: string): Promise<void> {
		const { api, sheets, t, changed } = this.#parts;
		try {
			await api.post(address);
			sheets.settle(SHEET);
		} catch {
			announce(t("tablet_failed"));
		}
		changed();
	}

	#onTap(id: string, action: () => Promise<void>): void {
		const button = byId<HTMLButtonElement>(id);
		button.addEventListener("click", async () => {
			button.disabled = true;
			await action();
			button.disabled = false;
		});
	}
}
