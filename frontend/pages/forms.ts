// Small helps for staff forms. Everything here also works without script.

export function helpForms(): void {
	document.addEventListener("submit", sendOnce);
	// A page that comes back from the browser's store is ready to send again.
	addEventListener("pageshow", () => {
		for (const form of document.forms) delete form.dataset.sent;
	});
	document.addEventListener("keydown", moveInFinder);
	document.addEventListener("keydown", goByKey);
	for (const form of document.querySelectorAll<HTMLFormElement>(
		"[data-booking]",
	)) {
		form.addEventListener("change", (event) =>
			followChoice(form, event.target),
		);
		filterModes(form);
	}
	for (const button of document.querySelectorAll<HTMLElement>("[data-print]")) {
		button.hidden = false;
		button.addEventListener("click", () => print());
	}
	const summary = document.querySelector<HTMLElement>(".error-summary");
	summary?.setAttribute("tabindex", "-1");
	summary?.focus();
}

function sendOnce(event: Event): void {
	const form = event.target;
	if (!(form instanceof HTMLFormElement) || form.method !== "post") return;
	// A file leaves the page where it is: the next one can be asked for.
	if ("download" in form.dataset) return;
	if (form.dataset.sent) event.preventDefault();
	form.dataset.sent = "1";
}

/** Alt and a letter, alike in all browsers: with `accesskey` alone each wants other keys beside it. */
function goByKey(event: KeyboardEvent): void {
	if (!event.altKey || event.ctrlKey || event.metaKey) return;
	// In a field the same keys type a letter, on some keyboards.
	const field = "input, select, textarea, [contenteditable]";
	if ((event.target as HTMLElement).closest(field)) return;
	const letter = event.code.startsWith("Key") ? event.code.slice(3) : "";
	const link = letter
		? document.querySelector<HTMLElement>(`[aria-keyshortcuts="Alt+${letter}"]`)
		: null;
	if (!link) return;
	event.preventDefault();
	link.click();
}

/** Arrow keys between the search box and what it found. */
function moveInFinder(event: KeyboardEvent): void {
	const target = event.target;
	if (!(target instanceof HTMLElement)) return;
	const finder = target.closest("[data-finder]");
	if (!finder) return;
	const input = finder.querySelector<HTMLInputElement>("input[type=search]");
	const found = [...finder.querySelectorAll<HTMLElement>(".found")];
	const at = found.indexOf(target);
	const steps: Record<string, HTMLElement | null | undefined> = {
		ArrowDown: found[at + 1],
		ArrowUp: at > 0 ? found[at - 1] : input,
		Escape: input,
	};
	const next = steps[event.key];
	if (next) {
		event.preventDefault();
		next.focus();
	} else if (event.key === "Enter" && target === input) {
		// Enter in the box takes the only person found; it never sends the booking.
		event.preventDefault();
		if (found.length === 1) found[0]?.click();
	}
}

function followChoice(form: HTMLFormElement, target: EventTarget | null): void {
	if (target instanceof HTMLSelectElement && target.name === "topic") {
		filterModes(form);
	} else if (target instanceof HTMLInputElement && target.name === "mode") {
		suggestLength(form, target);
	} else if (isLength(target)) {
		target.dataset.touched = "1";
	}
}

/** Only the modes the topic allows: <option data-modes="video telephone">. */
function filterModes(form: HTMLFormElement): void {
	const topic = form.querySelector<HTMLSelectElement>("select[name=topic]");
	const allowed = topic?.selectedOptions[0]?.dataset.modes?.split(" ");
	for (const input of modeInputs(form)) {
		const possible = !allowed || allowed.includes(input.value);
		input.disabled = !possible;
		if (!possible) input.checked = false;
		input.closest<HTMLElement>(".tile")?.toggleAttribute("hidden", !possible);
	}
}

function suggestLength(form: HTMLFormElement, mode: HTMLInputElement): void {
	const minutes = mode.dataset.length;
	const field = form.querySelector("select[name=minutes], input[name=minutes]");
	if (!minutes || !isLength(field) || field.dataset.touched) return;
	if (field.type === "radio") {
		const same = form.querySelector<HTMLInputElement>(
			`input[name=minutes][value="${CSS.escape(minutes)}"]`,
		);
		if (same) same.checked = true;
	} else {
		field.value = minutes;
	}
}

function modeInputs(form: HTMLFormElement): NodeListOf<HTMLInputElement> {
	return form.querySelectorAll<HTMLInputElement>("input[name=mode]");
}

function isLength(
	target: EventTarget | null,
): target is HTMLInputElement | HTMLSelectElement {
	return (
		(target instanceof HTMLInputElement ||
			target instanceof HTMLSelectElement) &&
		target.name === "minutes"
	);
}
