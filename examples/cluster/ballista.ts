/**
 * Apache DataFusion Ballista, built from its crates into `.cache/ballista`. The
 * variable `FLIGHT_BALLISTA` decides which build that is: `dev`, the default,
 * compiles in minutes; `release` is optimized; a path is a program that was built
 * elsewhere.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MANIFEST = fileURLToPath(new URL("ballista/Cargo.toml", import.meta.url));
const LOCK = new URL("ballista/Cargo.lock", import.meta.url);
const TARGET = fileURLToPath(
  new URL("../../.cache/ballista", import.meta.url),
);

/** A build, with what it takes the first time. */
interface Build {
  readonly name: string;
  readonly flags: readonly string[];
  /** Folder in the target folder. */
  readonly folder: string;
  readonly takes: string;
}

const DEV: Build = {
  name: "a build without optimization",
  flags: [],
  folder: "debug",
  takes: "5 to 15 minutes",
};

const RELEASE: Build = {
  name: "an optimized build",
  flags: ["--release"],
  folder: "release",
  takes: "15 to 60 minutes",
};

/** Crates between two lines of progress where there is no terminal. */
const CRATES_PER_LINE = 50;
const BAR_WIDTH = 32;

/** The program with the scheduler and the executor, or why there is none. */
export type FoundBallista =
  | {
    readonly program: string;
    /** Kind of the build, such as "an optimized build". */
    readonly build: string;
  }
  | { readonly problem: string };

/**
 * Builds the program, or finds the one of an earlier run. The first build
 * downloads and compiles some 330 crates, with its progress on standard error.
 *
 * @param mayBuild False to take only what an earlier run has built.
 */
export async function findBallista(mayBuild = true): Promise<FoundBallista> {
  const { FLIGHT_BALLISTA: wanted = "dev" } = process.env;
  if (wanted !== "dev" && wanted !== "release") {
    return existsSync(wanted)
      ? { program: wanted, build: "a build of FLIGHT_BALLISTA" }
      : { problem: `there is no ${wanted} (variable FLIGHT_BALLISTA)` };
  }
  const build = wanted === "dev" ? DEV : RELEASE;
  const { name, folder, takes } = build;
  const program = `${TARGET}/${folder}/ballista-cluster`;
  if (!existsSync(program)) {
    if (!mayBuild) return { problem: `it is not built, which takes ${takes}` };
    console.error(
      `Building Ballista 55 from its crates, once: ${takes}, and 2 GB in ` +
        ".cache/ballista",
    );
  }
  // Does nothing where nothing has changed.
  const problem = await compile(build);
  return problem === undefined ? { program, build: name } : { problem };
}

async function compile({ flags }: Build): Promise<string | undefined> {
  const crates = (await readFile(LOCK, "utf8")).split("[[package]]").length - 1;
  const cargo = spawn("cargo", [
    "build",
    "--locked",
    ...flags,
    `--manifest-path=${MANIFEST}`,
    `--target-dir=${TARGET}`,
  ], { stdio: ["ignore", "ignore", "pipe"] });
  const failed = new Promise<Error>((resolve) => cargo.once("error", resolve));
  const exited = new Promise<number | string>((resolve) =>
    cargo.once("close", (code, signal) => resolve(code ?? signal!))
  );
  const log = follow(createInterface({ input: cargo.stderr }), crates);
  const end = await Promise.race([failed, exited]);
  if (end instanceof Error) {
    return (end as NodeJS.ErrnoException).code === "ENOENT"
      ? "Ballista is built with Rust 1.94 or later, and there is no cargo"
      : `cargo could not be started: ${end.message}`;
  }
  const errors = await log;
  if (end === 0) return undefined;
  return `cargo build ended with ${end}: ${errors.join("\n").trim()}`;
}

/** Shows the progress of a build, and returns the rest of what it prints. */
async function follow(
  lines: AsyncIterable<string>,
  crates: number,
): Promise<string[]> {
  const others: string[] = [];
  const { stderr } = process;
  let compiled = 0;
  for await (const line of lines) {
    const [, crate] = /^\s*Compiling (\S+)/.exec(line) ?? [];
    if (crate === undefined) {
      others.push(line);
      continue;
    }
    compiled++;
    if (stderr.isTTY) {
      const part = Math.min(1, compiled / crates);
      const bar = "#".repeat(Math.round(part * BAR_WIDTH)).padEnd(
        BAR_WIDTH,
        ".",
      );
      stderr.write(`\r\x1b[K[${bar}] ${compiled} of ${crates}: ${crate}`);
    } else if (compiled % CRATES_PER_LINE === 0) {
      stderr.write(`${compiled} of about ${crates} crates\n`);
    }
  }
  if (stderr.isTTY && compiled > 0) stderr.write("\r\x1b[K");
  return others.slice(-20);
}
