// "Kopieren" beside a text that can also be selected by hand.

export function offerCopies(): void {
	// Only over HTTPS, or on this machine itself.
	if (!navigator.clipboard) return;
	for (const row of document.querySelectorAll<HTMLElement>("[data-copy]")) {
		const text = document.getElementById(row.dataset.copy ?? "");
		const status = row.querySelector<HTMLElement>("[role=status]");
		if (!text || !status) continue;
		row.hidden = false;
		row.querySelector("button")?.addEventListener("click", () => {
			void copy(text, status);
		});
	}
}

async function copy(text: HTMLElement, status: HTMLElement): Promise<void> {
	// Emptied first: the same words again would not be read out.
	status.textContent = "";
	try {
		await navigator.clipboard.writeText(text.textContent ?? "");
		status.textContent = status.dataset.copied ?? "";
	} catch {
		getSelection()?.selectAllChildren(text);
		status.textContent = status.dataset.refused ?? "";
	}
}
