import { existsSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const common = {
	bundle: true,
	format: "esm",
	target: ["es2020", "chrome106", "firefox115", "safari15.6"],
	minify: true,
	legalComments: "none",
	charset: "utf8",
	metafile: true,
	logLevel: "warning",
};

/** Entries are built apart: a page must never wait for a chunk it shares with
 *  a page it will not see. */
const entries = [
	{ name: "landing", from: "pages/landing.ts" },
	{ name: "staff", from: "pages/staff.ts" },
	{ name: "waiting-worker", from: "pages/waiting-worker.ts" },
	{ name: "call", from: "call/main.ts" },
	{ name: "room-call", from: "call/main-counsellor.ts" },
];

/** Builds all entries; returns, per entry, the esbuild outputs for weighing. */
export async function buildScripts({ here, out, packages }) {
	const graphs = new Map();
	for (const { name, from } of entries) {
		if (!existsSync(join(here, from))) continue;
		const result = await build({
			...common,
			entryPoints: { [name]: join(here, from) },
			outdir: out,
			splitting: true,
			chunkNames: "chunks/[name]-[hash]",
			plugins: [livekitFromSource(packages)],
		});
		graphs.set(name, result.metafile.outputs);
	}
	return graphs;
}

/** livekit-client from its own sources: 10 kB less than the prebuilt file,
 *  and without webrtc-adapter, which no browser of ours needs, 10 kB more. */
function livekitFromSource(packages) {
	const source = join(packages, "livekit-client/src/index.ts");
	return {
		name: "livekit-from-source",
		setup({ onResolve, onLoad }) {
			onResolve({ filter: /^livekit-client$/ }, () => ({
				path: source,
				sideEffects: false,
			}));
			onResolve({ filter: /^webrtc-adapter$/ }, () => ({
				path: "webrtc-adapter",
				namespace: "empty",
			}));
			onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "" }));
		},
	};
}
