import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

/** Bytes after brotli 11, as the office serves them. Budgets leave room for the
 *  pages' HTML within P1 (15 kB) and P2 (140 kB) of docs/performance.md. */
const BUDGETS = [
	{
		what: "client pages, up to the first button of the check",
		limit: 5_500,
		files: (all) => pick(all, ["client.css", "landing.js", "call.js"]),
	},
	{
		what: "client, cold link to talk",
		limit: 124_000,
		files: (all, graphs) => [
			...pick(all, ["client.css", "landing.js", "call.css"]),
			...pick(all, graphs.get("call")),
		],
	},
	{
		what: "text and help with sound, fetched during the talk",
		limit: 9_000,
		files: (all, graphs) => [
			...pick(all, ["beside.css"]),
			...pick(all, graphs.get("beside")),
		],
	},
];

export async function report({ out, graphs }) {
	const weights = await weigh(out);
	for (const [file, weight] of weights) {
		console.log(`${String(weight).padStart(8)}  ${file}`);
	}
	const over = [];
	for (const { what, limit, files } of BUDGETS) {
		const chosen = files([...weights.keys()], graphs);
		const total = chosen.reduce((sum, file) => sum + weights.get(file), 0);
		console.log(`${String(total).padStart(8)}  ${what} (at most ${limit})`);
		if (total > limit) over.push(what);
	}
	if (over.length > 0) throw new Error(`over budget: ${over.join("; ")}`);
}

async function weigh(out) {
	const entries = await readdir(out, { recursive: true, withFileTypes: true });
	const files = entries
		.filter((entry) => entry.isFile() && /\.(css|js)$/.test(entry.name))
		.map((entry) => join(entry.parentPath ?? entry.path, entry.name))
		.sort();
	const weights = new Map();
	for (const file of files) {
		const body = await readFile(file);
		const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
		const name = relative(out, file).replaceAll("\\", "/");
		weights.set(name, brotliCompressSync(body, { params }).length);
	}
	return weights;
}

function pick(all, names) {
	return names.filter((name) => all.includes(name));
}
