import { deepEqual, equal } from "node:assert/strict";
import { mock, test } from "node:test";
import {
	Conversation,
	type TextMessage,
	type View,
} from "../../frontend/call/conversation";

/** What somebody sees of the other's text. */
class Seen implements View {
	draft = "";
	readonly lines: string[] = [];
	kept = 0;

	theirDraft(text: string): void {
		this.draft = text;
	}

	theirLine(text: string): void {
		this.lines.push(text);
		this.draft = "";
	}

	theyKept(): void {
		this.kept += 1;
	}
}

/** Two pages and the line between them, which can be cut. */
function talk() {
	const sent: TextMessage[] = [];
	const line = { stands: true };
	const page = (other: () => Conversation) => {
		const seen = new Seen();
		const conversation: Conversation = new Conversation({
			view: seen,
			send: (message) => {
				if (!line.stands) return;
				sent.push(message as TextMessage);
				other().take(conversation.page, message as TextMessage);
			},
		});
		return { conversation, seen };
	};
	const here: ReturnType<typeof page> = page(() => there.conversation);
	const there: ReturnType<typeof page> = page(() => here.conversation);
	return { here, there, line, sent, page };
}

function withClock(run: () => void): () => void {
	return () => {
		mock.timers.enable({ apis: ["setTimeout", "Date"] });
		try {
			run();
		} finally {
			mock.timers.reset();
		}
	};
}

test(
	"the first letter goes at once and the next ones together within 300 ms",
	withClock(() => {
		const { here, there, sent } = talk();

		here.conversation.write("H");
		equal(there.seen.draft, "H");
		for (const text of ["Ha", "Hal", "Hall"]) here.conversation.write(text);
		equal(there.seen.draft, "H");
		mock.timers.tick(300);

		equal(there.seen.draft, "Hall");
		equal(sent.length, 2);
	}),
);

test(
	"nobody who stopped typing sends anything",
	withClock(() => {
		const { here, sent } = talk();
		here.conversation.write("Ja");

		mock.timers.tick(60_000);

		equal(sent.length, 1);
	}),
);

test(
	"letters that were taken back disappear on the other side",
	withClock(() => {
		const { here, there } = talk();
		here.conversation.write("Neun");
		mock.timers.tick(300);

		here.conversation.write("Ne");

		equal(there.seen.draft, "Ne");
	}),
);

test(
	"a finished line is whole however fast Enter came",
	withClock(() => {
		const { here, there } = talk();
		here.conversation.write("G");
		here.conversation.write("Guten Tag");
		here.conversation.finish("Guten Tag");
		mock.timers.tick(1000);

		deepEqual(there.seen.lines, ["Guten Tag"]);
		equal(there.seen.draft, "");
	}),
);

test(
	"shown only when sent: no letter goes before, and begun ones are taken back",
	withClock(() => {
		const { here, there } = talk();
		here.conversation.write("Ich");
		here.conversation.setLate(true);
		equal(there.seen.draft, "");
		here.conversation.write("Ich bin");
		mock.timers.tick(1000);
		equal(there.seen.draft, "");
		here.conversation.finish("Ich bin da");

		deepEqual(there.seen.lines, ["Ich bin da"]);
	}),
);

test(
	"switched back in the middle of a line, the line is shown",
	withClock(() => {
		const { here, there } = talk();
		here.conversation.setLate(true);
		here.conversation.write("Moment");

		here.conversation.setLate(false);

		equal(there.seen.draft, "Moment");
	}),
);

test(
	"after an outage both sides have what the other wrote meanwhile",
	withClock(() => {
		const { here, there, line } = talk();
		here.conversation.finish("vorher");
		here.conversation.write("ein");
		line.stands = false;
		mock.timers.tick(300);
		here.conversation.write("eine Zeile");
		mock.timers.tick(300);
		here.conversation.finish("eine Zeile");
		here.conversation.write("und me");
		there.conversation.finish("Antwort");
		line.stands = true;

		here.conversation.greet();

		deepEqual(there.seen.lines, ["vorher", "eine Zeile"]);
		equal(there.seen.draft, "und me");
		deepEqual(here.seen.lines, ["Antwort"]);
	}),
);

test(
	"what was lost without anybody noticing is fetched with the next letter",
	withClock(() => {
		const { here, there, line } = talk();
		here.conversation.write("a");
		mock.timers.tick(300);
		line.stands = false;
		here.conversation.write("abc");
		mock.timers.tick(300);
		line.stands = true;

		here.conversation.write("abcd");

		equal(there.seen.draft, "abcd");
	}),
);

test(
	"a greeting that nobody heard is said again until there is an answer",
	withClock(() => {
		const { here, there, line } = talk();
		line.stands = false;
		there.conversation.finish("Sind Sie da?");
		here.conversation.greet();
		mock.timers.tick(3000);
		line.stands = true;

		mock.timers.tick(2000);

		deepEqual(here.seen.lines, ["Sind Sie da?"]);
	}),
);

test(
	"greeting again and again repeats no line",
	withClock(() => {
		const { here, there } = talk();
		here.conversation.finish("einmal");

		for (let time = 0; time < 20; time += 1) {
			here.conversation.greet();
			there.conversation.greet();
		}

		deepEqual(there.seen.lines, ["einmal"]);
	}),
);

test(
	"lines of a page that was reloaded stay read, and the new page's are new",
	withClock(() => {
		const { here, there } = talk();
		here.conversation.finish("vorher");
		here.conversation.write("abgebro");
		there.conversation.take("reloaded", { kind: "line", line: 0, text: "da" });

		deepEqual(there.seen.lines, ["vorher", "da"]);
		equal(there.seen.draft, "");
	}),
);

test(
	"two devices of the other side are told apart",
	withClock(() => {
		const { here, there } = talk();
		const tablet = new Conversation({
			view: new Seen(),
			send: (message) =>
				there.conversation.take(tablet.page, message as TextMessage),
		});
		here.conversation.finish("vom Rechner");
		tablet.finish("vom Tablet");

		here.conversation.greet();
		tablet.greet();
		here.conversation.finish("noch einmal vom Rechner");

		deepEqual(there.seen.lines, [
			"vom Rechner",
			"vom Tablet",
			"noch einmal vom Rechner",
		]);
	}),
);

test(
	"a flood of greetings is not answered without end",
	withClock(() => {
		const { here, there, sent } = talk();
		here.conversation.finish("Zeile");
		const before = sent.length;

		for (let time = 0; time < 1000; time += 1) {
			here.conversation.take(there.conversation.page, {
				kind: "hello",
				of: "",
				have: 0,
				line: 0,
				revision: 0,
			});
		}

		equal(sent.length - before, 10);
	}),
);

test(
	"somebody else gets nothing of what the last one was told",
	withClock(() => {
		const { here, there, sent } = talk();
		here.conversation.finish("nur für Frau Kaya");
		here.conversation.write("und");
		mock.timers.tick(300);
		here.conversation.restart();
		const before = sent.length;
		const stranger = new Seen();
		const theirs = new Conversation({ view: stranger, send: () => undefined });

		here.conversation.write("Guten Tag");
		here.conversation.greet();
		here.conversation.take("a page never seen", {
			kind: "hello",
			of: "",
			have: 0,
			line: 0,
			revision: 0,
		});
		for (const message of sent.slice(before))
			theirs.take(here.conversation.page, message);

		deepEqual(stranger.lines, []);
		equal(stranger.draft, "Guten Tag");
		deepEqual(there.seen.lines, ["nur für Frau Kaya"]);
	}),
);

test("the other side learns that a copy was kept", () => {
	const { here, there } = talk();

	here.conversation.kept();

	equal(there.seen.kept, 1);
});
