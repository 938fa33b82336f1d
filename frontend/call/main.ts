// The first script of the client's call document: small, so that the page stands at once.
// The rest of the markup and of the code comes after the first paint, while the person reads.
const TRIES = 4;
const go = document.getElementById("go");

async function fetchRest(): Promise<string> {
	for (let attempt = 1; ; attempt += 1) {
		try {
			const response = await fetch(`${location.pathname}?teil=rest`);
			if (response.ok && !response.redirected) return await response.text();
			throw new Error(`rest: ${response.status}`);
		} catch (error) {
			if (attempt === TRIES) throw error;
			await new Promise((resolve) => setTimeout(resolve, attempt * 1000));
		}
	}
}

/** Panels to the panels, the talk beside them; resolves when its styles are there. */
function insert(html: string): Promise<unknown> {
	const box = document.createElement("template");
	box.innerHTML = html;
	const { content } = box;
	const styles = content.querySelector("link");
	const ready = new Promise((resolve) => {
		styles?.addEventListener("load", resolve);
		styles?.addEventListener("error", resolve);
	});
	const panels = [...content.children].filter((one) => one.id.startsWith("p-"));
	document.getElementById("panels")?.append(...panels);
	document.body.append(content);
	return ready;
}

async function load(): Promise<void> {
	const code = import("./client");
	await insert(await fetchRest());
	const { start } = await code;
	const early = go?.dataset.early !== undefined;
	if (go) go.onclick = null;
	await start(early);
}

requestAnimationFrame(() =>
	setTimeout(() => {
		load().catch((error: unknown) => {
			document.getElementById("broken")?.removeAttribute("hidden");
			throw error;
		});
	}),
);
