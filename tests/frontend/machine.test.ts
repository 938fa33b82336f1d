import { deepEqual, equal, fail, notEqual, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
	type Event,
	FINAL,
	Machine,
	next,
	type Phase,
	type Step,
	TABLE,
} from "../../frontend/call/machine";

const PHASES = Object.keys(TABLE) as Phase[];
const EVENTS = [
	...new Set(PHASES.flatMap((phase) => Object.keys(TABLE[phase]))),
] as Event[];

function walk(start: Phase, ...events: Event[]): Phase {
	return events.reduce(next, start);
}

test("every line of the table is walked, and told once", () => {
	let lines = 0;
	for (const from of PHASES) {
		for (const [event, to] of Object.entries(TABLE[from]) as [Event, Phase][]) {
			const steps: Step[] = [];
			const said: string[] = [];
			const machine = new Machine(
				from,
				(step) => steps.push(step),
				(...words) => said.push(words.join(" ")),
			);
			machine.send(event);
			equal(machine.phase, to);
			deepEqual(steps, [{ from, to, event }]);
			deepEqual(said, [`${from} ${to} ${event}`]);
			lines += 1;
		}
	}
	ok(lines > 80, `${lines} lines`);
});

test("an event that means nothing here changes and says nothing", () => {
	for (const from of PHASES) {
		for (const event of EVENTS.filter((one) => !(one in TABLE[from]))) {
			const machine = new Machine(from, fail, fail);
			machine.send(event);
			equal(machine.phase, from);
		}
	}
});

test("no line leads where it starts", () => {
	for (const from of PHASES) {
		ok(!Object.values(TABLE[from]).includes(from), from);
	}
});

test("every phase can be reached, and every one but the last can be left", () => {
	const reached = new Set<Phase>(["checking"]);
	for (let size = 0; size < reached.size; ) {
		size = reached.size;
		for (const phase of reached) {
			for (const to of Object.values(TABLE[phase])) reached.add(to);
		}
	}
	deepEqual([...reached].sort(), [...PHASES].sort());
	for (const phase of PHASES.filter((one) => !FINAL.has(one))) {
		equal(TABLE[phase].gone, "over", phase);
		equal(TABLE[phase].hung_up, "over", phase);
	}
});

test("a cut in the talk never leads through the waiting room", () => {
	equal(walk("talking", "line_lost", "line_back"), "talking");
	equal(walk("talking", "line_lost", "minute", "line_back"), "talking");
	equal(walk("talking", "line_lost", "admitted"), "talking");
	equal(walk("talking", "peer_lost", "minute", "peer_back"), "talking");
	equal(walk("talking", "put_out", "says_admitted", "admitted"), "talking");
});

test("the other's return does not end one's own trouble", () => {
	equal(walk("talking", "line_lost", "peer_back"), "away");
	equal(walk("talking", "peer_lost", "line_lost", "peer_back"), "away");
});

test("nothing leads back into a talk that is over", () => {
	for (const event of EVENTS) equal(next("over", event), "over");
	for (const event of EVENTS) {
		notEqual(next("removed", event), "talking");
		notEqual(next("elsewhere", event), "talking");
	}
});

test("the table in the docs is this table", () => {
	const docs = readFileSync("docs/call-states.md", "utf8");
	const [, table = ""] = docs.split("## The table");
	const lines = table.split("\n").filter((line) => /^\| `\w+` \|/.test(line));
	const written = lines.map((line) => {
		const [, phase = "", moves = ""] = line.split("|");
		return `${phase.trim()} ${moves.trim()}`;
	});
	const real = PHASES.map((phase) => {
		const moves = Object.entries(TABLE[phase]).map(
			([event, to]) => `${event} → ${to}`,
		);
		return `\`${phase}\` ${moves.join(" · ") || "–"}`;
	});
	deepEqual(written, real);
});
