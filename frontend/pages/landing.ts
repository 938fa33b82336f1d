// The link's secret stands behind "#", where no server and no log sees it. A person's
// tap sends it once; until then it stands in the form and in this tab's history, so that a
// reload or the way back finds it again, never in the address bar.
const form = document.querySelector<HTMLFormElement>("form[data-landing]");
const field = form?.querySelector<HTMLInputElement>("[name=secret]");
const button = form?.querySelector<HTMLButtonElement>("[type=submit]");
const lost = document.querySelector<HTMLElement>("[data-no-secret]");

function takeSecret(): void {
	if (!form || !field || !button) return;
	const { secret } = (history.state ?? {}) as { secret?: string };
	field.value = location.hash.slice(1) || secret || "";
	if (location.hash) {
		history.replaceState({ secret: field.value }, "", location.pathname);
	}
	button.disabled = !field.value;
	form.hidden = !field.value;
	if (lost) lost.hidden = Boolean(field.value);
}

addEventListener("hashchange", takeSecret);
takeSecret();
