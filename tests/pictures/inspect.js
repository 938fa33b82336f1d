// What a picture does not tell by itself: kind and text of each finding. `width` is what the page should fit.
globalThis.inspectPicture = (width) => {
	const MOST = 4;
	const found = [];
	const add = (kind, texts) => {
		for (const text of texts.slice(0, MOST)) found.push([kind, text]);
	};
	const name = (element) => {
		const id = element.id ? `#${element.id}` : "";
		const classes = [...element.classList].map((one) => `.${one}`).join("");
		const words = (element.textContent ?? "").trim().replace(/\s+/g, " ");
		return `${element.localName}${id}${classes} “${words.slice(0, 40)}”`;
	};
	const isSeen = (element) => {
		const { width: wide, height } = element.getBoundingClientRect();
		const drawn = element.checkVisibility({ visibilityProperty: true });
		return drawn && wide > 1 && height > 1 && !element.closest(".vh, .nb-skip");
	};
	const speaks = (element) =>
		[...element.childNodes].some(
			(node) => node.nodeType === Node.TEXT_NODE && node.data.trim(),
		);

	const all = [...document.body.querySelectorAll("*")].filter(isSeen);
	const root = document.documentElement;
	if (root.scrollWidth > width) {
		const sticking = all.filter((element) => {
			const box = element.getBoundingClientRect();
			return box.right > width + 1 || box.left < -1;
		});
		add("sideways", [
			`${root.scrollWidth} > ${width}`,
			...sticking.slice(-2).map(name),
		]);
	}
	const small = all.filter(
		(element) =>
			speaks(element) &&
			Number.parseFloat(getComputedStyle(element).fontSize) < 14,
	);
	add("small type", small.map(name));
	const isBox = (style) =>
		style.overflowX !== "visible" ||
		Number.parseFloat(style.borderInlineStartWidth) > 0 ||
		style.backgroundColor !== "rgba(0, 0, 0, 0)";
	// What is typed, and what ends in an ellipsis, is wider by design.
	const mayBeWide = (element) =>
		element.matches("input") ||
		getComputedStyle(element).textOverflow === "ellipsis";
	const wide = all.filter(
		(element) =>
			isBox(getComputedStyle(element)) &&
			!mayBeWide(element) &&
			getComputedStyle(element).display !== "inline" &&
			element.clientWidth > 0 &&
			element.scrollWidth > element.clientWidth + 1,
	);
	add("wider than its box", wide.map(name));
	// Lines of text that cover each other, within one layer of the page; what scrolls by itself is one.
	const layer = (element) => {
		for (let above = element; above; above = above.parentElement) {
			const { position, overflowY } = getComputedStyle(above);
			if (/fixed|sticky|absolute/.test(position)) return above;
			if (/auto|scroll/.test(overflowY)) return above;
		}
		return root;
	};
	const lines = all.filter(speaks).map((element) => ({
		element,
		layer: layer(element),
		// Of several lines each: their common box would reach over the neighbours'.
		boxes: [...element.getClientRects()],
	}));
	const meet = (one, other) =>
		Math.min(one.right, other.right) - Math.max(one.left, other.left) > 2 &&
		Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top) > 4;
	const covers = (one, other) =>
		one.layer === other.layer &&
		!one.element.contains(other.element) &&
		!other.element.contains(one.element) &&
		one.boxes.some((box) => other.boxes.some((next) => meet(box, next)));
	const pairs = lines.flatMap((one, index) =>
		lines
			.slice(index + 1)
			.filter((other) => covers(one, other))
			.map((other) => `${name(one.element)} and ${name(other.element)}`),
	);
	add("text on text", pairs);
	// A link may cover the row it stands in.
	const target = (element) => {
		const covers = getComputedStyle(element, "::after").position === "absolute";
		const box = covers ? element.offsetParent : element;
		return box.getBoundingClientRect().height;
	};
	// 44 on a phone, 36 in dense rows at a desk; links within a sentence are as high as their line.
	const least = width < 600 ? 44 : 36;
	const low = all.filter(
		(element) =>
			element.matches(
				"button, summary, select, input:not([type=radio], [type=checkbox]), a[href]",
			) &&
			getComputedStyle(element).display !== "inline" &&
			target(element) < least - 0.5,
	);
	add(
		`lower than ${least}`,
		low.map((element) => `${Math.round(target(element))} ${name(element)}`),
	);
	return found;
};
