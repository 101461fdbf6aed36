/**
 * `deno task bundle-size`: what a page has to load to use an entry point.
 *
 *     deno task bundle-size
 *     deno task bundle-size --write-docs    writes the tables into docs/browsers.md
 *
 * @module
 */
import { brotliCompressSync, gzipSync } from "node:zlib";
import { ROOT } from "./deno_json.ts";
import { runCommand } from "./run_command.ts";
import { writeBetweenMarkers } from "./write_between_markers.ts";

/** Program without the other exports of `./web`. */
const WEB_CLIENT = `${ROOT}.cache/web_client.ts`;

/** Programs for platforms with `fetch`: a whole entry point, and what one name of it needs. */
const PROGRAMS = {
  "all of `./web`": `export * from "${ROOT}web.ts";`,
  "`connectWeb` alone": `export { connectWeb } from "${ROOT}web.ts";`,
  "`connectWeb`, by Vite": `export { connectWeb } from "${WEB_CLIENT}";`,
  "all of `./handler`": `export * from "${ROOT}handler.ts";`,
  "`flightHandler` alone": `export { flightHandler } from "${ROOT}handler.ts";`,
};

/** The program whose parts are shown. */
const IN_PARTS = "`connectWeb`, by Vite";

/** Parts by the name of their module, and what loads them. */
const PARTS = {
  decoder: "the first call that receives data, such as DoGet",
  codecs: "the first compressed message, received or sent",
  encoder: "the first DoPut or DoExchange",
  reading: "the first `read`, `getStream` or `getTable`",
  actions:
    "the first cancellation of a query, renewal, or call about a session",
  sockets: "the first call over a WebSocket",
};

/** Bundling takes a second. */
const BUNDLE_TIMEOUT_MS = 60_000;

/** Sizes of files, in bytes: each is compressed by itself. */
class Size {
  minified = 0;
  gzip = 0;
  brotli = 0;

  /** Adds a file. */
  add(bytes: Uint8Array): void {
    this.minified += bytes.byteLength;
    this.gzip += gzipSync(bytes, { level: 9 }).byteLength;
    this.brotli += brotliCompressSync(bytes).byteLength;
  }

  /** The cells of a table, in KiB. */
  get cells(): string {
    return [this.minified, this.gzip, this.brotli]
      .map((bytes) => (bytes / 1024).toFixed(1)).join(" | ");
  }
}

/** The files of a bundle. */
type Files = ReadonlyMap<string, Uint8Array>;

/** Bundles a program into an entry file and parts; packages in `external` are left out. */
async function bundle(
  program: string,
  external: readonly string[],
): Promise<Files> {
  const folder = await Deno.makeTempDir({ prefix: "flight_bundle_" });
  try {
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
      "--code-splitting",
      ...external.flatMap((name) => ["--external", name]),
      "--outdir",
      `${folder}/out`,
      `${folder}/program.ts`,
    ], BUNDLE_TIMEOUT_MS);
    if (!success) {
      throw new Error(`${program} cannot be bundled: ${output}`);
    }
    const files = new Map<string, Uint8Array>();
    for await (const { name } of Deno.readDir(`${folder}/out`)) {
      files.set(name, await Deno.readFile(`${folder}/out/${name}`));
    }
    return files;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Finds the files that are loaded with a file: those that it imports by statements. */
function loadedWith(files: Files, first: string): Set<string> {
  const loaded = new Set([first]);
  // The loop also visits files that are added to the set meanwhile.
  for (const name of loaded) {
    const text = new TextDecoder().decode(files.get(name));
    for (const [, other] of text.matchAll(/(?:from|import)"\.\/([^"]+)"/g)) {
      loaded.add(other!);
    }
  }
  return loaded;
}

function sizeOf(files: Files, names: Iterable<string>): Size {
  const size = new Size();
  for (const name of names) size.add(files.get(name)!);
  return size;
}

const [option] = Deno.args;
if (option !== undefined && option !== "--write-docs") {
  throw new TypeError(`there is no option ${option}`);
}
// esbuild loads the modules of a name that is not used, if a part has them too; Rollup, which is the
// bundler of Vite, does not.
const web = await Deno.readTextFile(new URL("web.ts", ROOT));
await Deno.mkdir(new URL(".cache/", ROOT), { recursive: true });
await Deno.writeTextFile(
  new URL(WEB_CLIENT),
  web.replaceAll(/^export \* from .*$/gm, "")
    .replaceAll('"./internal/', '"../internal/'),
);
const sizes = [
  "| exports | apache-arrow | loaded | minified | gzip | brotli |",
  "| --- | --- | --- | --- | --- | --- |",
];
const parts = [
  "| part | loaded by | minified | gzip | brotli |",
  "| --- | --- | --- | --- | --- |",
];
for (const [name, program] of Object.entries(PROGRAMS)) {
  for (
    const [how, external] of [
      ["with", []],
      ["without", ["apache-arrow"]],
    ] as const
  ) {
    const files = await bundle(program, external);
    const first = loadedWith(files, "program.js");
    const row = (when: string, names: Iterable<string>) =>
      sizes.push(
        `| ${name} | ${how} | ${when} | ${sizeOf(files, names).cells} |`,
      );
    row("at first", first);
    if (first.size < files.size) row("in sum", files.keys());
    if (name !== IN_PARTS || external.length === 0) continue;
    for (const [part, loader] of Object.entries(PARTS)) {
      const file = [...files.keys()].find((file) => file.startsWith(part));
      if (file === undefined) throw new Error(`there is no file of ${part}`);
      const more = loadedWith(files, file).difference(first);
      parts.push(
        `| \`${part}\` | ${loader} | ${sizeOf(files, more).cells} |`,
      );
    }
  }
}
const tables = `${sizes.join("\n")}\n\n${parts.join("\n")}`;
console.log(tables);
if (option !== undefined) {
  await writeBetweenMarkers("docs/browsers.md", "bundle-size", tables);
}
