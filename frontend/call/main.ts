// The first script of the client's call document: small, so that the page stands at once.
// The rest comes after the first paint, while the person reads.
const go = document.getElementById("go");
let early = false;

const remember = () => {
	early = true;
	go?.setAttribute("aria-busy", "true");
};
go?.addEventListener("click", remember);

requestAnimationFrame(() =>
	setTimeout(async () => {
		const { start } = await import("./client");
		go?.removeEventListener("click", remember);
		await start(early);
	}),
);
