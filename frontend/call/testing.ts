import type { Link } from "./link";

/** A window into the connection for journeys in test and demo settings; nowhere else. */
export function exposeForTests(debug: boolean, link: Link): void {
	if (!debug) return;
	Object.assign(window, {
		nahbar: {
			room: () => link.room?.raw ?? null,
			stats: async () => ({ inbound: (await link.room?.stats()) ?? [] }),
		},
	});
}
