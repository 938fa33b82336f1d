/** One line per step of a talk's life. Never a token, a name or an address. */
export function lifecycle(
	event: string,
	details: Record<string, string | number | boolean> = {},
): void {
	const text = Object.entries(details).map(([key, value]) => `${key}=${value}`);
	console.info(["nahbar", event, ...text].join(" "));
}
