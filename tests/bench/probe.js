// Runs in a page before its own scripts: notes the first time that something happens, in
// milliseconds since 1970, a clock that all pages of one machine share.
(() => {
	const seen = {};
	const note = (name) => {
		seen[name] ??= performance.timeOrigin + performance.now();
	};
	Object.defineProperty(window, "nahbarBench", { value: seen });
	seen.begin = performance.timeOrigin;

	const { addEventListener } = EventTarget.prototype;
	EventTarget.prototype.addEventListener = function (type, ...rest) {
		if (type === "click" && this.id === "go") note("button");
		return addEventListener.call(this, type, ...rest);
	};

	const onclick = Object.getOwnPropertyDescriptor(
		HTMLElement.prototype,
		"onclick",
	);
	Object.defineProperty(HTMLElement.prototype, "onclick", {
		...onclick,
		set(action) {
			if (this.id === "go" && action) note("button");
			onclick.set.call(this, action);
		},
	});

	new PerformanceObserver((list) => {
		for (const { name, startTime } of list.getEntries()) {
			if (name === "first-contentful-paint") {
				seen.paint = performance.timeOrigin + startTime;
			}
		}
	}).observe({ type: "paint", buffered: true });

	const ask = window.fetch;
	window.fetch = (address, ...rest) => {
		if (String(address).endsWith("/einlassen")) note("admission");
		return ask(address, ...rest);
	};

	const devices = navigator.mediaDevices;
	if (devices) {
		const open = devices.getUserMedia.bind(devices);
		devices.getUserMedia = (constraints) => {
			note("devices");
			return open(constraints);
		};
	}

	const source = Object.getOwnPropertyDescriptor(
		HTMLMediaElement.prototype,
		"srcObject",
	);
	Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
		...source,
		set(stream) {
			if (this.id === "other" && stream) {
				note("attached");
				this.requestVideoFrameCallback(() => note("frame"));
			}
			source.set.call(this, stream);
		},
	});
})();
