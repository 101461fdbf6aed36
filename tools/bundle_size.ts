/**
 * `deno task bundle-size`: what a page has to load to use an entry point.
 *
 *     deno task bundle-size
 *     deno task bundle-size --write-docs    writes the tables into docs/browsers.md
 *     deno task bundle-size --check         fails when `connectWeb` has become too large
 *
 * @module
 */
import { brotliCompressSync, gzipSync } from "node:zlib";
import { ROOT } from "./deno_json.ts";
import { runCommand } from "./run_command.ts";
import { writeBetweenMarkers } from "./write_between_markers.ts";

/** Program that has only the client. */
const CLIENT = "`connectWeb` alone";

/** Programs for platforms with `fetch`: a whole entry point, and what one name of it needs. */
const PROGRAMS: Readonly<Record<string, string>> = {
  [CLIENT]: `export { connectWeb } from "${ROOT}web.ts";`,
  "all of `./web`": `export * from "${ROOT}web.ts";`,
  "`flightHandler` alone": `export { flightHandler } from "${ROOT}handler.ts";`,
  "all of `./handler`": `export * from "${ROOT}handler.ts";`,
};

/** Most bytes that a page loads of `CLIENT` before its first call: by `gzip -9`, without apache-arrow. */
const CEILING = 40 * 1024;

/** Parts by the name of their module, and what loads them. */
const PARTS = {
  decoder: "the first call that receives data, such as DoGet",
  schemas: "the first FlightInfo or schema, such as of GetFlightInfo",
  codecs: "the first compressed message, received or sent",
  rebuilt:
    "the first run-end encoded column, list view or delta of a dictionary",
  encoder: "the first DoPut or DoExchange",
  reading: "the first `read`, `getStream` or `getTable`",
  actions:
    "the first cancellation of a query, renewal, or call about a session",
  sockets: "the first call over a WebSocket",
};

/** Packages that a page which reads columns has anyway. */
const ARROW = ["apache-arrow"];

/** The file of a bundle that a page names. */
const ENTRY = "program.js";

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

/** Finds the files of a part: its own, and those that it shares. */
function partOf(files: Files, part: string): Set<string> {
  const file = [...files.keys()].find((file) => file.startsWith(part));
  if (file === undefined) throw new Error(`there is no file of ${part}`);
  return loadedWith(files, file);
}

function sizeOf(files: Files, names: Iterable<string>): Size {
  const size = new Size();
  for (const name of names) size.add(files.get(name)!);
  return size;
}

async function measure(): Promise<string> {
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
      const [how, external] of [["with", []], ["without", ARROW]] as const
    ) {
      const files = await bundle(program, external);
      const first = loadedWith(files, ENTRY);
      const row = (when: string, names: Iterable<string>) =>
        sizes.push(
          `| ${name} | ${how} | ${when} | ${sizeOf(files, names).cells} |`,
        );
      row("at first", first);
      if (name === CLIENT) {
        row("for a first DoGet", first.union(partOf(files, "decoder")));
      }
      if (first.size < files.size) row("in sum", files.keys());
      if (name !== CLIENT || external.length === 0) continue;
      for (const [part, loader] of Object.entries(PARTS)) {
        const more = partOf(files, part).difference(first);
        parts.push(
          `| \`${part}\` | ${loader} | ${sizeOf(files, more).cells} |`,
        );
      }
    }
  }
  return `${sizes.join("\n")}\n\n${parts.join("\n")}`;
}

/** Fails when a page has to load too much before its first call. */
async function check(): Promise<void> {
  const files = await bundle(PROGRAMS[CLIENT]!, ARROW);
  const { gzip } = sizeOf(files, loadedWith(files, ENTRY));
  const inKiB = (bytes: number) => `${(bytes / 1024).toFixed(1)} KiB`;
  console.log(
    `a page loads ${inKiB(gzip)} for ${CLIENT} at first, of at most ${
      inKiB(CEILING)
    }`,
  );
  if (gzip > CEILING) {
    console.log(
      "Let what is rarely needed come later, as internal/web/ does, or drop it: see docs/browsers.md",
    );
    Deno.exit(1);
  }
}

const [option] = Deno.args;
switch (option) {
  case "--check":
    await check();
    break;
  case "--write-docs":
  case undefined: {
    const tables = await measure();
    console.log(tables);
    if (option === undefined) break;
    await writeBetweenMarkers("docs/browsers.md", "bundle-size", tables);
    break;
  }
  default:
    throw new TypeError(`there is no option ${option}`);
}
