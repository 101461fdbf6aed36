/**
 * Fuzzes for as long as you like: `deno task fuzz`.
 *
 *     deno task fuzz                          100,000 inputs on each runtime
 *     deno task fuzz --inputs=10000000        as many inputs, all targets together
 *     deno task fuzz --minutes=120            as long, for each runtime
 *     deno task fuzz --target=ipc,hpack       some targets
 *     deno task fuzz --runtime=bun            one runtime
 *     deno task fuzz --seed=7                 other inputs; the day by default
 *     deno task fuzz --target=ipc --seed=7 --from=1234 --inputs=1
 *                                             one input again, as a failure names it
 *     deno task fuzz --write-docs             writes docs/results/fuzzing.md
 *
 * It ends with 1 when an input has failed.
 *
 * @module
 */

import { Flags } from "../../bench/support/flags.ts";
import { table } from "../../bench/support/markdown.ts";
import { writeBetweenMarkers } from "../../tools/write_between_markers.ts";
import { BUN_VERSION, findBun } from "../interop/programs/bun.ts";
import { runWorker } from "./campaign.ts";
import type { Report } from "./fuzz.ts";
import { TARGETS } from "./targets/targets.ts";

const flags = new Flags(Deno.args, [
  "inputs",
  "minutes",
  "target",
  "runtime",
  "seed",
  "from",
  "write-docs",
]);

const names = TARGETS.map(({ target }) => target.name);
const wanted = flags.text("target", names.join()).split(",");
const unknown = wanted.find((name) => !names.includes(name));
if (unknown !== undefined) {
  throw new TypeError(`No target ${unknown}; there are ${names.join(", ")}`);
}
const shares = TARGETS.filter(({ target }) => wanted.includes(target.name));
const percent = shares.reduce((sum, share) => sum + share.percent, 0);
const seed = flags.count(
  "seed",
  Number(new Date().toISOString().slice(0, 10).replaceAll("-", "")),
);
const minutes = flags.text("minutes", "");
const inputs = flags.count("inputs", minutes === "" ? 100_000 : 1e12);
const from = flags.count("from", 0);
const runtimes = flags.text("runtime", "deno,bun").toLowerCase();
/** Commands that run a TypeScript file, by name and version of the runtime. */
const commands = new Map<string, readonly string[]>();
if (runtimes.includes("deno")) {
  const command = [Deno.execPath(), "run", "-A", "--no-check"];
  commands.set(`Deno ${Deno.version.deno}`, command);
}
if (runtimes.includes("bun")) {
  commands.set(`Bun ${BUN_VERSION}`, [await findBun()]);
}

/** A row of the table. */
function row(runtime: string, report: Report): string[] {
  const { accepted, slowest } = report;
  return [
    runtime,
    report.target,
    report.inputs.toLocaleString("en-US"),
    `${(100 * accepted / report.inputs).toFixed(0)} %`,
    String(report.problems),
    Math.round(report.inputs / report.seconds).toLocaleString("en-US"),
    slowest.milliseconds.toFixed(1),
    slowest.bytes.toLocaleString("en-US"),
    (report.largestGrowth / 2 ** 20).toFixed(1),
    (report.peakMemory / 2 ** 20).toFixed(0),
    String(report.failures.length),
  ];
}

function tellFailures(runtime: string, { target, failures }: Report): void {
  for (const { index, problem, parts } of failures) {
    console.log(
      `\nFAILED on ${runtime}: --target=${target} --seed=${seed} ` +
        `--from=${index} --inputs=1\n${problem}\n${parts.join("\n")}`,
    );
  }
}

const rows: string[][] = [];
let total = 0;
let failed = 0;
for (const [runtime, command] of commands) {
  const end = minutes === "" ? Infinity : Date.now() + Number(minutes) * 60_000;
  let left = percent;
  for (const { target, percent: part } of shares) {
    const now = Date.now();
    const report = await runWorker(command, {
      target: target.name,
      seed,
      from,
      inputs: Math.ceil(inputs * part / percent),
      // Unused time of earlier targets goes to later ones.
      ...(minutes !== "" && { end: now + (end - now) * part / left }),
    });
    left -= part;
    rows.push(row(runtime, report));
    total += report.inputs;
    failed += report.failures.length;
    console.log(rows.at(-1)!.join("  "));
    tellFailures(runtime, report);
  }
}

const text = [
  `Seed ${seed}, ${new Date().toISOString().slice(0, 10)}: ` +
  `${total.toLocaleString("en-US")} inputs, ${failed} failures.`,
  table([
    "runtime",
    "target",
    "inputs",
    "accepted",
    "kinds of errors",
    "per second",
    "slowest, ms",
    "of bytes",
    "largest growth, MiB",
    "peak RSS, MiB",
    "failures",
  ], rows),
].join("\n\n");
console.log(`\n${text}`);
if (flags.on("write-docs")) {
  await writeBetweenMarkers("docs/results/fuzzing.md", "fuzz", text);
}
Deno.exit(failed > 0 ? 1 : 0);
