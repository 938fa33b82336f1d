import { readFile } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { build } from "esbuild";

const common = {
	bundle: true,
	format: "esm",
	target: ["chrome106", "firefox115", "safari15.6"],
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
	{ name: "week", from: "pages/week.ts" },
	{ name: "waiting-worker", from: "pages/waiting-worker.ts" },
	{ name: "call", from: "call/main.ts" },
	{ name: "room-call", from: "call/main-counsellor.ts" },
	{ name: "tablet-call", from: "call/main-tablet.ts" },
	{ name: "trial-call", from: "call/main-trial.ts" },
	{ name: "tablet-landing", from: "pages/tablet-landing.ts" },
];

/** Builds all entries; returns, per entry, the files it can come to load before the talk. */
export async function buildScripts({ here, out, packages }) {
	const media = await buildApart("room", { here, out, packages });
	const beside = await buildApart("beside", { here, out, packages });
	const graphs = new Map();
	for (const { name, from } of entries) {
		const { metafile } = await build({
			...common,
			entryPoints: { [name]: join(here, from) },
			outdir: out,
			splitting: true,
			chunkNames: "chunks/[name]-[hash]",
			plugins: [asFiles({ "./room": media, "./beside": beside })],
		});
		const files = Object.keys(metafile.outputs).map((path) =>
			relative(out, resolve(path)),
		);
		if (name.endsWith("call")) files.push(media);
		graphs.set(name, files);
	}
	graphs.set("beside", [beside]);
	return graphs;
}

/** The media code, and what stands beside the talk, are built alone: split along with the rest
 *  they would share a chunk of a few helpers with it, which is one more request on a slow line. */
async function buildApart(name, { here, out, packages }) {
	const { metafile } = await build({
		...common,
		entryPoints: { [name]: join(here, `call/${name}.ts`) },
		outdir: out,
		entryNames: "chunks/[name]-[hash]",
		plugins: [livekitFromSource(packages)],
	});
	const [path] = Object.keys(metafile.outputs);
	return relative(out, resolve(path));
}

/** Chunks stand beside these files, so their bare names are the addresses. */
function asFiles(files) {
	return {
		name: "as-files",
		setup({ onResolve }) {
			onResolve({ filter: /^\.\// }, ({ kind, path }) =>
				kind === "dynamic-import" && Object.hasOwn(files, path)
					? { path: `./${basename(files[path])}`, external: true }
					: undefined,
			);
		},
	};
}

/** Whole statements that only write a log line. LiveKit never prints here (room.ts), so nobody need load them. */
const CHATTER =
	/(?<=[;{}]\s*)(?:this\.)?log\.(?:trace|debug|info)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\);/g;

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
			onLoad({ filter: /livekit-client\/src\/.*\.ts$/ }, async ({ path }) => ({
				contents: (await readFile(path, "utf8")).replace(CHATTER, ";"),
				loader: "ts",
			}));
		},
	};
}
