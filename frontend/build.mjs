// Builds everything the browser gets from us into build/static/nb/.
// One pass, no watcher; says what it wrote and what it weighs, and fails over budget.
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildScripts } from "./build/scripts.mjs";
import { buildStyles } from "./build/styles.mjs";
import { report } from "./build/weights.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "..");
const out = join(root, "build", "static", "nb");
const packages = join(root, "node_modules");

async function main() {
	if (!existsSync(join(packages, "esbuild"))) {
		throw new Error("node_modules is missing: run `make install` first.");
	}
	await rm(out, { recursive: true, force: true });
	await mkdir(join(out, "fonts"), { recursive: true });
	await buildStyles({ from: join(here, "css"), out, packages });
	await copyFonts();
	await copyHtmx();
	const graphs = await buildScripts({ here, out, packages });
	await report({ out, graphs });
}

async function copyFonts() {
	const fonts = join(packages, "@kern-ux/native/dist/fonts/fira-sans");
	for (const name of ["FiraSans-Regular.woff2", "FiraSans-SemiBold.woff2"]) {
		await copyFile(join(fonts, name), join(out, "fonts", name));
	}
}

/** htmx stays a file of its own: it is theirs, and it changes rarely. */
async function copyHtmx() {
	const source = join(packages, "htmx.org/dist/htmx.min.js");
	const text = await readFile(source, "utf8");
	// The source map is not served, and a manifest storage would look for it.
	await writeFile(
		join(out, "htmx.js"),
		text.replace(/\n?\/\/# sourceMappingURL=.*$/m, ""),
	);
}

main().catch((error) => {
	console.error(`\nfrontend: ${error.message ?? error}`);
	process.exitCode = 1;
});
