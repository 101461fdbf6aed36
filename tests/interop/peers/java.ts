/**
 * Testers of our own in Java, over flight-core and flight-sql: Arrow's are in no registry.
 *
 * @module
 */
import { fileOf, writeDataFiles } from "../integration/integration_data.ts";
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
    const archive = `${build}/classes.jsa`;
    if (!await Deno.stat(archive).catch(() => undefined)) {
      const problem = await compile(build) ?? await preload(build, archive);
      if (problem !== undefined) return { problem };
    }
    const program = programOf(build, `-XX:SharedArchiveFile=${archive}`);
    return {
      server: [...program, "server"],
      client: [...program, "client"],
      load: [...program, "load"],
    };
  },
};

/** The start of Java takes most of the time of a case. */
function programOf(build: string, archiveOption: string): readonly string[] {
  return [
    "java",
    archiveOption,
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
    // Arrow reaches into buffers of the JDK.
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    // As in Arrow's runner: fields of one name are all kept.
    "-Darrow.struct.conflict.policy=CONFLICT_APPEND",
    "-cp",
    `${build}/lib/*`,
    "peer.Main",
  ];
}

function versionOf(name: string): string {
  const pattern = new RegExp(`<${name}\\.version>(.*)</${name}\\.version>`);
  return pattern.exec(VERSIONS)![1]!;
}

/** Compiles into a folder; says what went wrong. */
async function compile(build: string): Promise<string | undefined> {
  console.log(`building the testers in Java, ${VERSION}`);
  return await problemOf([
    "mvn",
    "--quiet",
    "--batch-mode",
    `--file=${fromFileUrl(POM)}`,
    `-Dpeer.build=${build}`,
    "compile",
    "dependency:copy-dependencies",
  ]) ?? await problemOf([
    "jar",
    "--create",
    `--file=${build}/lib/peer.jar`,
    "-C",
    `${build}/classes`,
    ".",
  ]);
}

/** Archives the loaded classes, of JARs alone: the next start is twice as fast. */
async function preload(
  build: string,
  archive: string,
): Promise<string | undefined> {
  await writeDataFiles();
  // Renamed at the end, so that what is there is complete.
  const unfinished = `${archive}.${Deno.pid}`;
  const problem = await problemOf([
    ...programOf(build, `-XX:ArchiveClassesAtExit=${unfinished}`),
    "both",
    `--path=${fileOf("nested")}`,
  ]);
  if (problem === undefined) await Deno.rename(unfinished, archive);
  return problem;
}

/** Runs a command; says what went wrong. */
async function problemOf(
  command: readonly string[],
): Promise<string | undefined> {
  const { success, end, output } = await runCommand(command, BUILD_TIMEOUT_MS);
  return success ? undefined : `${command[0]}: ${end}: ${output.trim()}`;
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
