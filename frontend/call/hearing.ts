// "Ich höre nichts": asks both pages, says in a sentence or two what it is, and does what a page can.
import type { Translate } from "./config";
import { diagnose, type Finding, type Remedy, told } from "./diagnose";
import { byId, pause, setText } from "./dom";
import { ownSide, players, type Sources, soundOutputs } from "./own-sound";
import type { Log } from "./room-types";
import { Bucket } from "./rtt";
import type { Sheets } from "./sheets";
import type { Message, Of, Side } from "./wire";

/** Their page may only just be fetching this code. */
const ASKED = 8;
const ASKED_EVERY_MS = 1500;

interface Parts extends Sources {
	t: Translate;
	name: string;
	sheets: Sheets;
	log: Log;
	send: (message: Message) => void;
}

export class Hearing {
	readonly #parts: Parts;
	readonly #helping = new Bucket(3, 0.1);
	#measuring: Promise<Side> | null = null;
	#answered: ((side: Side) => void) | null = null;
	#round = 0;

	constructor(parts: Parts) {
		this.#parts = parts;
	}

	async examine(): Promise<void> {
		if (byId("sheet-hear").hidden) return;
		this.#round += 1;
		const round = this.#round;
		this.#title("hear_title");
		this.#show([this.#words("hear_looking")]);
		const { link } = this.#parts;
		const present = (link.room?.other ?? null) !== null;
		const [own, other] = await Promise.all([
			this.#own(),
			present ? this.#theirs() : null,
		]);
		// Asked once more meanwhile: that answer counts.
		if (round !== this.#round) return;
		await this.#tell(diagnose({ own, other, present }));
	}

	take(message: Of<"ask" | "side" | "help">): void {
		switch (message.kind) {
			case "ask":
				void this.#answer();
				break;
			case "side":
				this.#answered?.(message.side);
				break;
			default:
				void this.#help(told(message.finding));
		}
	}

	/** One measurement at a time, however many ask. */
	#own(): Promise<Side> {
		this.#measuring ??= ownSide(this.#parts).finally(() => {
			this.#measuring = null;
		});
		return this.#measuring;
	}

	async #answer(): Promise<void> {
		if (this.#measuring) return;
		this.#parts.send({ kind: "side", side: await this.#own() });
	}

	async #theirs(): Promise<Side | null> {
		const answer = new Promise<Side>((resolve) => {
			this.#answered = resolve;
		});
		for (let tries = 0; tries < ASKED; tries += 1) {
			this.#parts.send({ kind: "ask" });
			const side = await Promise.race([answer, pause(ASKED_EVERY_MS)]);
			if (side) return side;
		}
		return null;
	}

	async #tell(findings: Finding[]): Promise<void> {
		for (const { key, forThem } of findings) {
			this.#parts.log("sound", { found: key });
			if (forThem) this.#parts.send({ kind: "help", finding: forThem });
		}
		const again = button(this.#parts.t("hear_again"), "secondary", () =>
			this.examine(),
		);
		this.#show([...(await this.#content(findings)), again]);
	}

	/** The other person hears nothing, and it is here that something can be done. */
	async #help(finding: Finding | null): Promise<void> {
		if (!finding || !this.#helping.take(Date.now())) return;
		this.#round += 1;
		this.#title("unheard_title");
		this.#show(await this.#content([finding]));
		this.#parts.sheets.show("sheet-hear");
	}

	async #content(findings: Finding[]): Promise<HTMLElement[]> {
		const all = findings.map(async ({ key, remedy }) => [
			this.#words(`hear_${key}`),
			...(remedy ? await this.#buttons(remedy) : []),
		]);
		return (await Promise.all(all)).flat();
	}

	async #buttons(remedy: Remedy): Promise<HTMLElement[]> {
		if (remedy !== "output") {
			const label = this.#parts.t(`hear_do_${remedy}`);
			return [button(label, "primary", () => this.#do(remedy))];
		}
		const outputs = await soundOutputs();
		return outputs.map(({ label, deviceId }) =>
			button(label, "secondary", () => this.#playAt(deviceId)),
		);
	}

	/** In the tap itself, because browsers let a page sound only then. */
	async #do(remedy: Exclude<Remedy, "output">): Promise<void> {
		const { room } = this.#parts.link;
		if (remedy === "play") await this.#play();
		// What does not come is found by looking again.
		else if (remedy === "reopen")
			await room?.renewMicrophone().catch(() => undefined);
		else if (!this.#parts.devices.wanted.microphone)
			byId("btn-microphone").click();
		await this.examine();
	}

	async #play(): Promise<void> {
		const playing = players().map((player) => {
			player.muted = false;
			player.volume = 1;
			return player.play();
		});
		await Promise.allSettled([...playing, this.#parts.link.room?.startSound()]);
	}

	async #playAt(deviceId: string): Promise<void> {
		await Promise.allSettled(
			players().map((player) => player.setSinkId(deviceId)),
		);
		await this.examine();
	}

	#words(key: string): HTMLElement {
		const words = document.createElement("p");
		words.textContent = this.#parts.t(key, { name: this.#parts.name });
		return words;
	}

	#title(key: string): void {
		const { t, name } = this.#parts;
		setText(byId("hear-title"), t(key, { name }));
	}

	#show(content: HTMLElement[]): void {
		byId("hear-steps").hidden = true;
		byId("hear-again").hidden = true;
		const found = byId("hear-found");
		const inside = found.contains(document.activeElement);
		found.replaceChildren(...content);
		// The pressed button is gone: the focus stays with what it brought.
		if (inside) found.focus();
	}
}

function button(
	label: string,
	kind: "primary" | "secondary",
	action: () => Promise<void>,
): HTMLElement {
	const made = document.createElement("button");
	made.type = "button";
	made.className = `kern-btn kern-btn--${kind}`;
	const words = document.createElement("span");
	words.className = "kern-label";
	words.textContent = label;
	made.append(words);
	made.addEventListener("click", () => void action());
	return made;
}
