// What a picture does not tell by itself; evaluates to a function of the width the page should fit.
((width) => {
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
		return wide > 1 && height > 1 && element.checkVisibility({ visibilityProperty: true });
	};
	const speaks = (element) =>
		[...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());

	const all = [...document.body.querySelectorAll("*")].filter(isSeen);
	const root = document.documentElement;
	if (root.scrollWidth > width) {
		const sticking = all.filter((element) => {
			const box = element.getBoundingClientRect();
			return box.right > width + 1 || box.left < -1;
		});
		add("sideways", [`${root.scrollWidth} > ${width}`, ...sticking.slice(-2).map(name)]);
	}
	const small = all.filter(
		(element) => speaks(element) && Number.parseFloat(getComputedStyle(element).fontSize) < 14,
	);
	add("small type", small.map(name));
	const cut = all.filter((element) => {
		const style = getComputedStyle(element);
		return (
			speaks(element) && style.overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1
		);
	});
	add("cut text", cut.map(name));
	// 44 on a phone, 36 in dense rows at a desk; links within a sentence are as high as their line.
	const least = width < 600 ? 44 : 36;
	const low = all.filter(
		(element) =>
			element.matches("button, summary, select, input:not([type=radio], [type=checkbox]), a[href]") &&
			getComputedStyle(element).display !== "inline" &&
			element.getBoundingClientRect().height < least - 0.5,
	);
	add(`lower than ${least}`, low.map((element) => `${Math.round(element.getBoundingClientRect().height)} ${name(element)}`));
	return found;
})
