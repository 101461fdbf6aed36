/**
 * Clients of every implementation that upload and download at the same time, on
 * many connections, from a server of ours: no call may fail, and the server may
 * hold no more afterwards.
 *
 * @module
 */
import { fileOf, writeDataFiles } from "../integration/integration_data.ts";
import { measurableProgramOf, measure } from "../load/measured_server.ts";
import type { Options } from "../options.ts";
import type { Column, Missing, Outcome, Part } from "./part.ts";
import { Peer } from "../programs/peer.ts";
import type { Testers } from "../peers/implementation.ts";
import { IMPLEMENTATIONS } from "../peers/implementations.ts";
import { RUNTIME_NAMES } from "../programs/programs.ts";

/** So many clients are there at the same time. */
const CLIENTS = 64;

/** Default duration, in seconds. */
const DEFAULT_SECONDS = 60;

/** Time for which the server is used before it is measured, in seconds. */
const WARM_UP_SECONDS = 5;

/** Time that clients have to begin and to end, in milliseconds. */
const GRACE_MS = 60_000;

/** Files that the clients of an implementation upload and download. */
const FILES: Readonly<Record<keyof typeof IMPLEMENTATIONS, string>> = {
  go: "primitive",
  java: "nested",
  rust: "dictionary",
  cpp: "binary_view",
};

/** The clients of an implementation. */
interface Load {
  readonly testers: Testers;
  readonly clients: number;
  /** File that is uploaded and downloaded. */
  readonly path: string;
}

/** Makes the part, with the implementations that this machine can have. */
export async function loadPart(
  { runtimes, seconds = DEFAULT_SECONDS }: Options,
): Promise<Part | Missing> {
  const found: { title: string; testers: Testers; path: string }[] = [];
  const problems: string[] = [];
  await writeDataFiles();
  for (const [name, file] of Object.entries(FILES)) {
    const implementation = IMPLEMENTATIONS[name as keyof typeof FILES];
    const { title, version } = implementation;
    const testers = await implementation.find();
    if ("problem" in testers) problems.push(`${version}: ${testers.problem}`);
    else found.push({ title, testers, path: fileOf(file) });
  }
  const what = `${CLIENTS} clients at the same time`;
  if (found.length === 0) return { what, problem: problems.join("; ") };
  for (const problem of problems) console.log(`SKIPPED: clients of ${problem}`);
  const clients = CLIENTS / found.length;
  const loads = found.map(({ testers, path }, index) => ({
    testers,
    path,
    clients: Math.floor(clients * (index + 1)) - Math.floor(clients * index),
  }));
  const name = `${CLIENTS} clients: ` +
    found.map(({ title }) => title).join(", ");
  const columns = await Promise.all(runtimes.map(async (runtime) => {
    const program = await measurableProgramOf(runtime);
    const title = RUNTIME_NAMES[runtime];
    const column: Column = {
      title,
      async *run(filter): AsyncGenerator<Outcome> {
        if (!name.includes(filter)) return;
        try {
          const state = await runLoads(program, loads, seconds);
          console.log(`${title}: ${state}`);
          yield { name, error: undefined };
        } catch (error) {
          yield { name, error: (error as Error).message };
        }
      },
    };
    return column;
  }));
  return {
    columns,
    tables: ["Load"],
    place: (row) => ({ table: "Load", row, operation: "" }),
  };
}

/** Says how often the clients got through, and what the server held. */
async function runLoads(
  program: readonly string[],
  loads: readonly Load[],
  seconds: number,
): Promise<string> {
  let rounds: number[] = [];
  const runFor = (port: string, seconds: number) =>
    Promise.all(loads.map((load) => runLoad(load, port, seconds)));
  const state = await measure(program, "load/load_server.ts", {
    async warmUp(port) {
      await runFor(port, WARM_UP_SECONDS);
    },
    async run(port) {
      rounds = await runFor(port, seconds);
    },
  });
  const total = rounds.reduce((sum, count) => sum + count, 0);
  return `${total} rounds (${rounds.join(" + ")}) in ${seconds} s; ${state}`;
}

/** The clients of one implementation; gives how often they got through. */
async function runLoad(
  { testers, clients, path }: Load,
  port: string,
  seconds: number,
): Promise<number> {
  const options = [`--host=localhost`, `--port=${port}`, `--path=${path}`];
  if (testers.load) {
    const command = [
      ...testers.load,
      ...options,
      `--clients=${clients}`,
      `--seconds=${seconds}`,
    ];
    const count = Number(await runToEnd(command, 1000 * seconds + GRACE_MS));
    if (count > 0) return count;
    throw new Error(`${command[0]} tells no number of rounds`);
  }
  const end = performance.now() + 1000 * seconds;
  const counts = Array.from({ length: clients }, async () => {
    let count = 0;
    for (; performance.now() < end; count++) {
      await runToEnd([...testers.client, ...options], GRACE_MS);
    }
    return count;
  });
  return (await Promise.all(counts)).reduce((sum, count) => sum + count, 0);
}

/** Gives the first line of a program that must succeed. */
async function runToEnd(
  command: readonly string[],
  timeoutMs: number,
): Promise<string> {
  await using peer = new Peer(command);
  const first = await peer.line(timeoutMs);
  const end = await peer.close(GRACE_MS);
  if (end === "exit code 0") {
    return typeof first === "object" ? first.line : first;
  }
  throw new Error(`${command.join(" ")}: ${end ?? "no end"}\n${peer.log}`);
}
