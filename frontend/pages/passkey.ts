// Passkeys: asks the browser for one and sends what it answers. A form with `data-passkey` holds a field for the
// credential and one button; what the server wishes for stands in the page, or at `data-options`.
type Json = Record<string, unknown>;

interface Descriptor extends Json {
	id: string;
}

interface Wishes extends Json {
	challenge: string;
	user?: Json & { id: string };
	excludeCredentials?: Descriptor[];
	allowCredentials?: Descriptor[];
	authenticatorSelection?: Json;
}

const trouble = document.querySelector<HTMLElement>("[data-passkey-trouble]");

function bytes(text: string): Uint8Array<ArrayBuffer> {
	const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
	return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer | null | undefined): string | null {
	if (!buffer) return null;
	const plain = String.fromCharCode(...new Uint8Array(buffer));
	return btoa(plain)
		.replaceAll("+", "-")
		.replaceAll("/", "_")
		.replaceAll("=", "");
}

function known(list: Descriptor[] | undefined): unknown[] {
	return (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
}

async function wishes(form: HTMLFormElement): Promise<Wishes> {
	const beside = document.getElementById("passkey-options")?.textContent;
	if (beside) return unwrapped(JSON.parse(beside) as Json);
	const answer = await fetch(form.dataset.options ?? "", {
		headers: { Accept: "application/json" },
	});
	if (!answer.ok) throw new Error(String(answer.status));
	return unwrapped((await answer.json()) as Json);
}

function unwrapped(data: Json): Wishes {
	const inner = (data.creation_options ?? data.request_options ?? data) as Json;
	return inner.publicKey as Wishes;
}

async function make(form: HTMLFormElement, wish: Wishes): Promise<Json> {
	const box = form.querySelector<HTMLInputElement>("[name=passwordless]");
	const alone = Boolean(box?.checked);
	const selection = {
		...wish.authenticatorSelection,
		residentKey: alone ? "required" : "discouraged",
		requireResidentKey: alone,
		...(alone ? { userVerification: "required" } : {}),
	};
	const publicKey = {
		...wish,
		challenge: bytes(wish.challenge),
		user: { ...wish.user, id: bytes(wish.user?.id ?? "") },
		excludeCredentials: known(wish.excludeCredentials),
		authenticatorSelection: selection,
	} as unknown as PublicKeyCredentialCreationOptions;
	const made = (await navigator.credentials.create({
		publicKey,
	})) as PublicKeyCredential;
	const answer = made.response as AuthenticatorAttestationResponse;
	return {
		...named(made),
		response: {
			clientDataJSON: text(answer.clientDataJSON),
			attestationObject: text(answer.attestationObject),
		},
	};
}

async function show(wish: Wishes): Promise<Json> {
	const publicKey = {
		...wish,
		challenge: bytes(wish.challenge),
		allowCredentials: known(wish.allowCredentials),
	} as unknown as PublicKeyCredentialRequestOptions;
	const shown = (await navigator.credentials.get({
		publicKey,
	})) as PublicKeyCredential;
	const answer = shown.response as AuthenticatorAssertionResponse;
	return {
		...named(shown),
		response: {
			clientDataJSON: text(answer.clientDataJSON),
			authenticatorData: text(answer.authenticatorData),
			signature: text(answer.signature),
			userHandle: text(answer.userHandle),
		},
	};
}

function named(credential: PublicKeyCredential): Json {
	return {
		type: credential.type,
		id: credential.id,
		rawId: text(credential.rawId),
		clientExtensionResults: credential.getClientExtensionResults(),
	};
}

async function ask(form: HTMLFormElement): Promise<void> {
	const field = form.querySelector<HTMLInputElement>("[name=credential]");
	if (!field) return;
	if (trouble) trouble.hidden = true;
	try {
		const wish = await wishes(form);
		const credential =
			form.dataset.passkey === "make"
				? await make(form, wish)
				: await show(wish);
		field.value = JSON.stringify(credential);
		form.submit();
	} catch {
		// Cancelled, timed out, unknown here: all the same to whoever stands before it.
		if (trouble) trouble.hidden = false;
	}
}

for (const form of document.querySelectorAll<HTMLFormElement>(
	"form[data-passkey]",
)) {
	if (!("PublicKeyCredential" in window)) continue;
	form.hidden = false;
	form
		.querySelector("button[type=button]")
		?.addEventListener("click", () => void ask(form));
}
