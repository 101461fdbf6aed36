/**
 * `deno task bundle-size`: what a page has to load to use an entry point.
 *
 *     deno task bundle-size
 *     deno task bundle-size --write-docs    writes the table into docs/browsers.md
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { runCommand } from "./run_command.ts";
import { writeBetweenMarkers } from "./write_between_markers.ts";

/** The entry points for platforms with `fetch`, as they are imported, and their files. */
const ENTRIES = { "./web": "web.ts", "./handler": "handler.ts" };

/** Bundling takes a second. */
const BUNDLE_TIMEOUT_MS = 60_000;

/** Sizes of a bundle, in bytes. */
interface Size {
  readonly minified: number;
  readonly compressed: number;
}

/** Bundles a file; packages in `external` are left out. */
async function measure(
  file: string,
  external: readonly string[],
): Promise<Size> {
  const folder = await Deno.makeTempDir({ prefix: "flight_bundle_" });
  try {
    const path = `${folder}/bundle.js`;
    const { success, output } = await runCommand([
      Deno.execPath(),
      "bundle",
      "--quiet",
      "--platform",
      "browser",
      "--minify",
      ...external.flatMap((name) => ["--external", name]),
      "--output",
      path,
      file,
    ], BUNDLE_TIMEOUT_MS);
    if (!success) throw new Error(`${file} cannot be bundled: ${output}`);
    const bytes = await Deno.readFile(path);
    return {
      minified: bytes.byteLength,
      compressed: gzipSync(bytes, { level: 9 }).byteLength,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const [option] = Deno.args;
if (option !== undefined && option !== "--write-docs") {
  throw new TypeError(`there is no option ${option}`);
}
const kib = (bytes: number) => (bytes / 1024).toFixed(0);
const lines = [
  "| entry point | apache-arrow | minified | compressed |",
  "| --- | --- | --- | --- |",
];
for (const [name, file] of Object.entries(ENTRIES)) {
  for (
    const [how, external] of [
      ["with", []],
      ["without", ["apache-arrow"]],
    ] as const
  ) {
    const { minified, compressed } = await measure(file, external);
    lines.push(
      `| \`${name}\` | ${how} | ${kib(minified)} | ${kib(compressed)} |`,
    );
  }
}
const table = lines.join("\n");
console.log(table);
if (option !== undefined) {
  await writeBetweenMarkers("docs/browsers.md", "bundle-size", table);
}
