// The few things every view needs.

export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
	const element = document.getElementById(id);
	if (!element) throw new Error(`#${id} is missing`);
	return element as T;
}

export function setText(element: HTMLElement, text: string): void {
	if (element.textContent !== text) element.textContent = text;
}

/** Says something to screen readers without moving anything. */
export function announce(text: string): void {
	const live = byId("nb-live");
	// The same words twice are only read twice if the region was empty between.
	live.textContent = "";
	setTimeout(() => {
		live.textContent = text;
	}, 50);
}

export function focusHeading(place: HTMLElement): void {
	const heading = place.querySelector<HTMLElement>("h1, h2");
	if (!heading) return;
	heading.tabIndex = -1;
	heading.focus();
}

/** One text, one step a line: a language may need more steps or fewer. */
export function fillSteps(list: HTMLElement, text: string): void {
	const items = text.split("\n").map((line) => {
		const item = document.createElement("li");
		item.textContent = line;
		return item;
	});
	list.replaceChildren(...items);
}

export function showVideo(
	video: HTMLVideoElement,
	track: MediaStreamTrack | null,
): void {
	video.hidden = track === null;
	const stream = video.srcObject;
	const current =
		stream instanceof MediaStream ? stream.getVideoTracks()[0] : null;
	if (current === track) return;
	video.srcObject = track ? new MediaStream([track]) : null;
	// A muted, inline picture of oneself may always play; a refusal changes nothing.
	if (track) video.play().catch(() => undefined);
}

export const pause = (ms: number): Promise<void> =>
	new Promise((resolve) => setTimeout(resolve, ms));
