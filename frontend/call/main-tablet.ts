// The first script of the tablet's document.
requestAnimationFrame(() =>
	setTimeout(async () => {
		const { start } = await import("./tablet");
		await start();
	}),
);
