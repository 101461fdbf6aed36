/**
 * `deno task bundle-size`: what a page has to load to use an entry point.
 *
 *     deno task bundle-size
 *     deno task bundle-size --write-docs    writes the table into docs/browsers.md
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import { ROOT } from "./deno_json.ts";
import { runCommand } from "./run_command.ts";
import { writeBetweenMarkers } from "./write_between_markers.ts";

/** Programs for platforms with `fetch`: a whole entry point, and what one name of it needs. */
const PROGRAMS = {
  "all of `./web`": `export * from "${ROOT}web.ts";`,
  "`connectWeb` alone": `export { connectWeb } from "${ROOT}web.ts";`,
  "all of `./handler`": `export * from "${ROOT}handler.ts";`,
  "`flightHandler` alone": `export { flightHandler } from "${ROOT}handler.ts";`,
};

/** Bundling takes a second. */
const BUNDLE_TIMEOUT_MS = 60_000;

/** Sizes of a bundle, in bytes. */
interface Size {
  readonly minified: number;
  readonly compressed: number;
}

/** Bundles a program; packages in `external` are left out. */
async function measure(
  program: string,
  external: readonly string[],
): Promise<Size> {
  const folder = await Deno.makeTempDir({ prefix: "flight_bundle_" });
  try {
    const path = `${folder}/bundle.js`;
    await Deno.writeTextFile(`${folder}/program.ts`, program);
    const { success, output } = await runCommand([
      Deno.execPath(),
      "bundle",
      "--quiet",
      "--config",
      "deno.json",
      "--platform",
      "browser",
      "--minify",
      ...external.flatMap((name) => ["--external", name]),
      "--output",
      path,
      `${folder}/program.ts`,
    ], BUNDLE_TIMEOUT_MS);
    if (!success) {
      throw new Error(`${program} cannot be bundled: ${output}`);
    }
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
  "| exports | apache-arrow | minified | compressed |",
  "| --- | --- | --- | --- |",
];
for (const [name, program] of Object.entries(PROGRAMS)) {
  for (
    const [how, external] of [
      ["with", []],
      ["without", ["apache-arrow"]],
    ] as const
  ) {
    const { minified, compressed } = await measure(program, external);
    lines.push(
      `| ${name} | ${how} | ${kib(minified)} | ${kib(compressed)} |`,
    );
  }
}
const table = lines.join("\n");
console.log(table);
if (option !== undefined) {
  await writeBetweenMarkers("docs/browsers.md", "bundle-size", table);
}
