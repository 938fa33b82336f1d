import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleAsync } from "lightningcss";
import { oklchToHex } from "./oklch.mjs";

/** The oldest browsers we promise: see docs (performance). */
export const TARGETS = {
	chrome: 106 << 16,
	firefox: 115 << 16,
	safari: (15 << 16) | (6 << 8),
	ios_saf: (15 << 16) | (6 << 8),
};

export async function buildStyles({ from, out, packages }) {
	const palette = await readPalette(
		join(packages, "@kern-ux/native/dist/kern.css"),
	);
	for (const name of [
		"client.css",
		"staff.css",
		"week.css",
		"call.css",
		"beside.css",
		"survey.css",
	]) {
		const { code } = await bundleAsync({
			filename: join(from, name),
			minify: true,
			targets: TARGETS,
			// Urls are relative to the output, where fonts/ stands beside the sheet.
			analyzeDependencies: false,
			resolver: {
				read: async (file) =>
					withColours(await readFile(file, "utf8"), palette, file),
			},
		});
		const places = name === "week.css" ? gridPlaces() : "";
		const text = code.toString() + places;
		checkVariables(text, name);
		await writeFile(join(out, name), text);
	}
}

/** KERN's colours by name, as hex. */
async function readPalette(file) {
	const css = await readFile(file, "utf8");
	const found = css.matchAll(
		/--kern-color-([a-z]+-\d+):\s*oklch\(([\d.]+)%\s+([\d.]+)\s+([\d.]+)\)/g,
	);
	const palette = new Map();
	for (const [, name, lightness, chroma, hue] of found) {
		palette.set(
			name,
			oklchToHex(Number(lightness) / 100, Number(chroma), Number(hue)),
		);
	}
	return palette;
}

function withColours(css, palette, file) {
	return css.replace(/\bkern\(([a-z]+-\d+)\)/g, (_, name) => {
		const hex = palette.get(name);
		if (!hex) throw new Error(`${file}: KERN has no colour "${name}"`);
		return hex;
	});
}

/** A class for every row of a day and every length: the policy of our pages forbids style
 *  attributes, and a calendar is nothing but places. */
function gridPlaces() {
	// A row is five minutes (nahbar/web/counsellor/grid.py): 288 in a day.
	const numbers = Array.from({ length: 288 }, (_, index) => index + 1);
	return numbers
		.map((n) => `.gr${n}{grid-row-start:${n}}.gs${n}{grid-row-end:span ${n}}`)
		.join("");
}

/** A variable nobody defines is a colour nobody sees. */
function checkVariables(css, name) {
	// These build on the roles of the sheets loaded before them.
	if (["call.css", "week.css", "beside.css", "survey.css"].includes(name))
		return;
	const defined = new Set(
		[...css.matchAll(/(--[\w-]+)\s*:/g)].map((match) => match[1]),
	);
	const missing = [...css.matchAll(/var\((--[\w-]+)/g)]
		.map((match) => match[1])
		.filter((variable) => !defined.has(variable));
	if (missing.length > 0) {
		throw new Error(`${name}: undefined ${[...new Set(missing)].join(", ")}`);
	}
}
