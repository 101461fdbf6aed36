/**
 * Testers of our own in Java, over flight-core and flight-sql: Arrow's are in no registry.
 *
 * @module
 */
import { fromFileUrl, INTEROP } from "../programs/paths.ts";
import { runCommand } from "../../../tools/run_command.ts";
import type { FoundTesters, Implementation } from "./implementation.ts";

const SOURCE = new URL("java/", import.meta.url);
const POM = new URL("pom.xml", SOURCE);
const VERSIONS = Deno.readTextFileSync(POM);
const VERSION = `flight-core ${versionOf("arrow")}, ` +
  `flight-sql ${versionOf("flight-sql")}`;

/** Downloads some 60 packages. */
const BUILD_TIMEOUT_MS = 10 * 60_000;

/** Starting takes less than a second. */
const START_TIMEOUT_MS = 60_000;

/** The start of Java takes most of the time of a case. */
const RUN_JAVA = [
  "java",
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  // Arrow reaches into buffers of the JDK.
  "--add-opens=java.base/java.nio=ALL-UNNAMED",
  // As in Arrow's runner: fields of one name are all kept.
  "-Darrow.struct.conflict.policy=CONFLICT_APPEND",
];

/** The implementation in Java. */
export const JAVA: Implementation = {
  title: "Java",
  version: VERSION,
  lacks: {},
  async find(): Promise<FoundTesters> {
    const java = await runCommand(["java", "-version"], START_TIMEOUT_MS);
    if (!java.success) return { problem: `java: ${java.end}` };
    // A folder of its own for each state of the source.
    const build = fromFileUrl(new URL(`java-${await sourceHash()}`, INTEROP));
    if (!await Deno.stat(build).catch(() => undefined)) {
      const problem = await compile(build);
      if (problem !== undefined) return { problem };
    }
    const program = [...RUN_JAVA, "-cp", `${build}/classes:${build}/lib/*`];
    return {
      server: [...program, "peer.Main", "server"],
      client: [...program, "peer.Main", "client"],
      load: [...program, "peer.Main", "load"],
    };
  },
};

function versionOf(name: string): string {
  const pattern = new RegExp(`<${name}\\.version>(.*)</${name}\\.version>`);
  return pattern.exec(VERSIONS)![1]!;
}

/** Compiles into a folder; says what went wrong. */
async function compile(build: string): Promise<string | undefined> {
  console.log(`building the testers in Java, ${VERSION}`);
  // Renamed at the end, so that what is there is complete.
  const unfinished = `${build}.${Deno.pid}`;
  const { success, end, output } = await runCommand([
    "mvn",
    "--quiet",
    "--batch-mode",
    `--file=${fromFileUrl(POM)}`,
    `-Dpeer.build=${unfinished}`,
    "compile",
    "dependency:copy-dependencies",
  ], BUILD_TIMEOUT_MS);
  if (success) await Deno.rename(unfinished, build);
  return success ? undefined : `mvn compile: ${end}: ${output.trim()}`;
}

async function sourceHash(): Promise<string> {
  const texts: string[] = [Deno.readTextFileSync(POM)];
  const folder = new URL("src/main/java/peer/", SOURCE);
  for (const { name } of [...Deno.readDirSync(folder)].sort(byName)) {
    texts.push(Deno.readTextFileSync(new URL(name, folder)));
  }
  const bytes = new TextEncoder().encode(texts.join("\0"));
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return new Uint8Array(hash).toHex().slice(0, 12);
}

function byName(a: Deno.DirEntry, b: Deno.DirEntry): number {
  return a.name < b.name ? -1 : 1;
}
