// The first script of the counsellor's call document.
requestAnimationFrame(() =>
	setTimeout(async () => {
		const { start } = await import("./counsellor");
		await start();
	}),
);
