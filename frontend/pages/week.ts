// Moving an appointment in the calendar: dragged, or carried by the arrow keys. Dropping it opens the
// page that says what the move does to others; nothing is moved before that.

const ROW_MINUTES = 5;
const STEP = 15;
const HOLD_MS = 350;

interface Spot {
	column: HTMLElement;
	minute: number;
}

interface Carried {
	entry: HTMLAnchorElement;
	from: Spot;
	at: Spot;
}

const grid = document.querySelector<HTMLElement>("[data-grid]");
const said = document.querySelector<HTMLElement>("[data-said]");
let carried: Carried | null = null;
let swallowClick = false;

if (grid) begin(grid);

function begin(grid: HTMLElement): void {
	for (const how of document.querySelectorAll<HTMLElement>(".wk__how")) {
		how.hidden = false;
	}
	grid.addEventListener("keydown", onKey);
	grid.addEventListener("pointerdown", onPointer);
	grid.addEventListener("click", onClick, true);
	// A held finger scrolls nothing; the listener must be there before the touch begins.
	grid.addEventListener(
		"touchmove",
		(event) => {
			if (carried && event.cancelable) event.preventDefault();
		},
		{ passive: false },
	);
	grid.addEventListener("dragstart", (event) => event.preventDefault());
	grid.addEventListener("contextmenu", (event) => {
		if (carried) event.preventDefault();
	});
	focusNamed();
}

/** Who comes back from an appointment finds it again. */
function focusNamed(): void {
	const named =
		location.hash && document.getElementById(location.hash.slice(1));
	if (named) named.focus();
}

function lists(): HTMLElement[] {
	return [...document.querySelectorAll<HTMLElement>("[data-day]")];
}

/** Where an entry can go: another day, but not a colleague's. */
function days(): HTMLElement[] {
	return grid?.dataset.back === "week" ? lists() : [];
}

function entries(list: HTMLElement): HTMLAnchorElement[] {
	return [...list.querySelectorAll<HTMLAnchorElement>("a.ev")];
}

// Keyboard ---------------------------------------------------------------

function onKey(event: KeyboardEvent): void {
	const entry = (event.target as HTMLElement).closest<HTMLAnchorElement>(
		"a.ev",
	);
	if (!entry || event.ctrlKey || event.altKey || event.metaKey) return;
	const done = carried ? carry(event.key) : walk(entry, event.key);
	if (done) event.preventDefault();
}

function carry(key: string): boolean {
	const steps: Record<string, () => void> = {
		ArrowDown: () => shift(STEP),
		ArrowUp: () => shift(-STEP),
		ArrowRight: () => change(towardsEnd()),
		ArrowLeft: () => change(-towardsEnd()),
		Enter: drop,
		" ": drop,
		Escape: () => putBack(true),
	};
	steps[key]?.();
	if (key === "Tab") putBack(true);
	return key in steps;
}

function walk(entry: HTMLAnchorElement, key: string): boolean {
	if (key === " " && entry.dataset.move) {
		pickUp(entry);
		return true;
	}
	const list = entry.closest<HTMLElement>("[data-day]");
	if (!list) return false;
	const here = entries(list);
	const at = here.indexOf(entry);
	const next: Record<string, HTMLElement | undefined> = {
		ArrowDown: here[at + 1],
		ArrowUp: here[at - 1],
		ArrowRight: beside(list, entry, towardsEnd()),
		ArrowLeft: beside(list, entry, -towardsEnd()),
	};
	// Where nothing follows, the key scrolls as everywhere.
	next[key]?.focus();
	return next[key] !== undefined;
}

/** The nearest entry of the next day that has one. */
function beside(
	list: HTMLElement,
	entry: HTMLElement,
	step: number,
): HTMLElement | undefined {
	const all = lists();
	const top = entry.getBoundingClientRect().top;
	const far = (one: HTMLElement) =>
		Math.abs(one.getBoundingClientRect().top - top);
	for (let at = all.indexOf(list) + step; all[at]; at += step) {
		const found = entries(all[at] as HTMLElement);
		if (found.length) return found.sort((a, b) => far(a) - far(b))[0];
	}
	return undefined;
}

/** Right is later, but where the page runs from right to left. */
function towardsEnd(): number {
	return document.documentElement.dir === "rtl" ? -1 : 1;
}

// Carrying ---------------------------------------------------------------

function pickUp(entry: HTMLAnchorElement): void {
	const column = entry.closest<HTMLElement>("[data-day]");
	if (!column || !minuteHeight(column)) return;
	const minute = minuteOf(entry.dataset.start);
	const from = { column, minute };
	carried = { entry, from, at: from };
	entry.classList.add("ev--held");
	say(said?.dataset.held ?? "", whenOf(from));
}

function shift(minutes: number): void {
	if (carried) moveTo({ ...carried.at, minute: carried.at.minute + minutes });
}

function change(step: number): void {
	if (!carried) return;
	const all = days();
	const column = all[all.indexOf(carried.at.column) + step];
	if (column) moveTo({ column, minute: carried.at.minute });
}

function moveTo(spot: Spot): void {
	if (!carried || !grid) return;
	const first = Number(grid.dataset.first) * 60;
	const last = first + Number(grid.dataset.hours) * 60;
	const length = Number(carried.entry.dataset.minutes);
	const minute = Math.min(Math.max(spot.minute, first), last - length);
	const at = { column: spot.column, minute };
	const changed =
		at.column !== carried.at.column || at.minute !== carried.at.minute;
	carried.at = at;
	place(carried);
	if (changed) say(whenOf(at));
}

/** Shown by moving it on the screen only: its place in the page, and the focus, stay. */
function place({ entry, from, at }: Carried): void {
	const down = (at.minute - from.minute) * minuteHeight(from.column);
	const across = left(at.column) - left(from.column);
	entry.style.transform = `translate(${across}px, ${down}px)`;
	label(entry, clock(at.minute));
	entry.scrollIntoView({ block: "nearest", inline: "nearest" });
}

/** The time on the entry is where it stands. */
function label(entry: HTMLElement, time: string): void {
	const shown = entry.querySelector(".ev__at");
	if (shown) shown.textContent = time;
}

/** How many pixels a minute is high; 0 where the days are lists, on a phone. */
function minuteHeight(column: HTMLElement): number {
	const body = column.parentElement;
	const row = body ? getComputedStyle(body).gridAutoRows : "";
	return (Number.parseFloat(row) || 0) / ROW_MINUTES;
}

function left(column: HTMLElement): number {
	return column.parentElement?.getBoundingClientRect().left ?? 0;
}

function say(...words: string[]): void {
	if (said) said.textContent = words.join(" ");
}

function whenOf({ column, minute }: Spot): string {
	const day = new Date(`${column.dataset.day}T12:00`);
	const name = day.toLocaleDateString(document.documentElement.lang, {
		weekday: "long",
		day: "numeric",
		month: "long",
	});
	return `${name}, ${clock(minute)}`;
}

function minuteOf(clock: string | null | undefined): number {
	const [hours = 0, minutes = 0] = (clock ?? "").split(":").map(Number);
	return hours * 60 + minutes;
}

function clock(minute: number): string {
	const two = (number: number) => String(number).padStart(2, "0");
	return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

function drop(): void {
	if (!carried) return;
	const { entry, from, at } = carried;
	if (at.column === from.column && at.minute === from.minute) {
		putBack(true);
		return;
	}
	const address = new URL(entry.dataset.move ?? "", location.href);
	address.searchParams.set("day", at.column.dataset.day ?? "");
	address.searchParams.set("start", clock(at.minute));
	address.searchParams.set("back", grid?.dataset.back ?? "");
	location.assign(address);
}

function putBack(focus: boolean): void {
	if (!carried) return;
	const { entry } = carried;
	entry.classList.remove("ev--held");
	entry.style.transform = "";
	label(entry, entry.dataset.start ?? "");
	carried = null;
	say(said?.dataset.back ?? "");
	if (focus) entry.focus();
}

// Pointer ----------------------------------------------------------------

function onPointer(event: PointerEvent): void {
	const entry = (event.target as HTMLElement).closest<HTMLAnchorElement>(
		"[data-move]",
	);
	if (!entry || event.button !== 0) return;
	swallowClick = false;
	// A finger that only scrolls must not carry anything away: it has to rest first.
	if (event.pointerType === "touch") afterRest(entry, event);
	else onceDragged(entry, event);
}

function onceDragged(entry: HTMLAnchorElement, down: PointerEvent): void {
	const moved = (event: PointerEvent) => {
		if (Math.hypot(event.x - down.x, event.y - down.y) < 6) return;
		stop();
		drag(entry, down);
	};
	const stop = () => {
		removeEventListener("pointermove", moved);
		removeEventListener("pointerup", stop);
	};
	addEventListener("pointermove", moved);
	addEventListener("pointerup", stop);
}

function afterRest(entry: HTMLAnchorElement, down: PointerEvent): void {
	const timer = setTimeout(() => {
		stop();
		drag(entry, down);
	}, HOLD_MS);
	const moved = (event: PointerEvent) => {
		if (Math.hypot(event.x - down.x, event.y - down.y) > 10) stop();
	};
	const stop = () => {
		clearTimeout(timer);
		removeEventListener("pointermove", moved);
		removeEventListener("pointerup", stop);
		removeEventListener("pointercancel", stop);
	};
	addEventListener("pointermove", moved);
	addEventListener("pointerup", stop);
	addEventListener("pointercancel", stop);
}

function drag(entry: HTMLAnchorElement, down: PointerEvent): void {
	putBack(false);
	pickUp(entry);
	swallowClick = true;
	const moved = (event: PointerEvent) => {
		if (event.pointerId === down.pointerId) follow(event, down);
	};
	const end = (event: PointerEvent) => {
		if (event.pointerId !== down.pointerId) return;
		stop();
		if (event.type === "pointerup") drop();
		else putBack(false);
	};
	const key = (event: KeyboardEvent) => {
		if (event.key === "Escape") {
			stop();
			putBack(true);
		}
	};
	const stop = () => {
		removeEventListener("pointermove", moved);
		removeEventListener("pointerup", end);
		removeEventListener("pointercancel", end);
		removeEventListener("keydown", key);
	};
	addEventListener("pointermove", moved);
	addEventListener("pointerup", end);
	addEventListener("pointercancel", end);
	addEventListener("keydown", key);
}

function follow(event: PointerEvent, down: PointerEvent): void {
	if (!carried) return;
	const { from } = carried;
	const minutes = (event.y - down.y) / minuteHeight(from.column);
	const minute = Math.round((from.minute + minutes) / STEP) * STEP;
	moveTo({ column: under(event.x) ?? carried.at.column, minute });
}

function under(x: number): HTMLElement | undefined {
	return days().find((list) => {
		const box = list.parentElement?.getBoundingClientRect();
		return box && x >= box.left && x < box.right;
	});
}

/** What was dragged is not opened; what is free is taken where it was pointed at. */
function onClick(event: MouseEvent): void {
	const target = event.target as HTMLElement;
	if (swallowClick && target.closest("[data-move]")) {
		event.preventDefault();
		swallowClick = false;
		return;
	}
	const gap = target.closest<HTMLAnchorElement>(".ev--gap");
	if (gap && event.detail > 0) gap.href = startingAt(gap, event.y);
}

function startingAt(gap: HTMLAnchorElement, y: number): string {
	const address = new URL(gap.href);
	const list = gap.closest<HTMLElement>("[data-day]");
	const height = list ? minuteHeight(list) : 0;
	if (!height) return gap.href;
	const begins = minuteOf(address.searchParams.get("start"));
	const pointed = begins + (y - gap.getBoundingClientRect().top) / height;
	const minute = Math.max(Math.floor(pointed / STEP) * STEP, begins);
	address.searchParams.set("start", clock(minute));
	return address.href;
}
