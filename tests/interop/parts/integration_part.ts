/**
 * The scenarios and data files of Arrow's integration tests, with the testers
 * of another implementation: its client with our server, and our client with
 * its server.
 *
 * @module
 */
import { fileOf, writeDataFiles } from "../integration/integration_data.ts";
import { CASE_NAMES } from "../integration_json/generate/cases.ts";
import type { Options } from "../options.ts";
import type { Column, Missing, Outcome, Part, Place } from "./part.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import type { Implementation, Testers } from "../peers/implementation.ts";
import {
  programOf,
  type Runtime,
  RUNTIME_NAMES,
} from "../programs/programs.ts";
import { SCENARIOS } from "../scenarios/scenarios.ts";

/** Starting takes up to two seconds, a case less than one. */
const CLIENT_TIMEOUT_MS = 60_000;

/** Client and server of a case, and its scenario. */
interface Pair {
  /** The commands, without options. */
  readonly server: readonly string[];
  readonly client: readonly string[];
  /** The scenarios that both have. */
  readonly scenarios: readonly string[];
  /** More options of the client for a data file. */
  dataOptions(name: string): readonly string[];
}

/** Makes the part. */
export async function integrationPart(
  implementation: Implementation,
  { runtimes, transports, scenario }: Options,
): Promise<Part | Missing> {
  const { title, version, lacks } = implementation;
  if (scenario !== undefined && scenario in lacks) {
    const what = `scenario ${scenario} with ${title} (${version})`;
    return { what, problem: lacks[scenario]! };
  }
  const testers = await implementation.find();
  if ("problem" in testers) {
    return {
      what: `${title} (${version}), and with it every test with it,`,
      problem: testers.problem,
    };
  }
  reportLacks(implementation, scenario);
  await writeDataFiles();
  const columns: Column[] = [];
  for (const transport of transports) {
    for (const runtime of runtimes) {
      const program = await programOf(runtime);
      columns.push(...columnsOf(implementation, testers, scenario, {
        program,
        runtime,
        transport,
      }));
    }
  }
  return {
    columns,
    tables: Object.values(tablesOf(implementation)),
    place: (name) => placeOf(name, implementation),
  };
}

/** Says loudly which scenarios are not run at all. */
function reportLacks(
  { title, lacks }: Implementation,
  scenario: string | undefined,
): void {
  if (scenario !== undefined) return;
  for (const [name, reason] of Object.entries(lacks)) {
    console.log(`NOT TESTED: scenario ${name} with ${title}: ${reason}`);
  }
}

/** Both directions. */
function columnsOf(
  { title, lacks, unnumbered }: Implementation,
  testers: Testers,
  scenario: string | undefined,
  { program, runtime, transport }: {
    readonly program: readonly string[];
    readonly runtime: Runtime;
    readonly transport: string;
  },
): Column[] {
  const ours = (file: string) => [
    ...program,
    interopFile(file),
    `--transport=${transport}`,
  ];
  const scenarios = Object.keys(SCENARIOS).filter((name) =>
    !(name in lacks) && name === (scenario ?? name)
  );
  const [name, via] = [
    RUNTIME_NAMES[runtime],
    transport === "http2" ? "" : `, ${transport}`,
  ];
  // A scenario that was chosen leaves the data out.
  const files = scenario === undefined ? CASE_NAMES : [];
  const toUs: Pair = {
    server: ours("integration/integration_server.ts"),
    client: testers.client,
    scenarios,
    dataOptions: () => [],
  };
  const fromUs: Pair = {
    server: testers.server,
    client: ours("integration/integration_client.ts"),
    scenarios,
    dataOptions: (name) =>
      unnumbered?.files.includes(name) ? ["--numbered=no"] : [],
  };
  return [
    {
      title: `${title} to ${name}${via}`,
      run: (filter) => runPair(toUs, files, filter),
    },
    {
      title: `${name} to ${title}${via}`,
      run: (filter) => runPair(fromUs, files, filter),
    },
  ];
}

/** A server for each scenario, and one for all data. */
async function* runPair(
  pair: Pair,
  files: readonly string[],
  filter: string,
): AsyncGenerator<Outcome> {
  for (const scenario of pair.scenarios) {
    const name = `scenario ${scenario}`;
    if (!name.includes(filter)) continue;
    const option = `--scenario=${scenario}`;
    await using server = new Peer([...pair.server, "--port=0", option]);
    yield { name, error: await runClient(pair, server, [option]) };
  }
  let left = files.filter((file) => `data ${file}`.includes(filter));
  while (left.length > 0) {
    await using server = new Peer([...pair.server, "--port=0"]);
    // A server that has ended is started anew.
    while (left.length > 0 && server.end === undefined) {
      const [file, ...rest] = left;
      left = rest;
      const options = [`--path=${fileOf(file!)}`, ...pair.dataOptions(file!)];
      yield {
        name: `data ${file}`,
        error: await runClient(pair, server, options),
      };
    }
  }
}

/** Runs a client to its end; says what went wrong. */
async function runClient(
  { client }: Pair,
  server: Peer,
  options: readonly string[],
): Promise<string | undefined> {
  try {
    await using peer = new Peer([
      ...client,
      "--host=localhost",
      `--port=${await server.port()}`,
      ...options,
    ]);
    const end = await peer.close(CLIENT_TIMEOUT_MS);
    if (end === "exit code 0") return undefined;
    return `the client: ${end ?? "no end"}\n${peer.log}\n` +
      `the server: ${server.end ?? "runs"}\n${server.log}`;
  } catch (error) {
    return (error as Error).message;
  }
}

/** The titles of the tables of results, by the first word of the cases in them. */
export function tablesOf(
  { title }: Implementation,
): { readonly scenario: string; readonly data: string } {
  return { scenario: `Scenarios with ${title}`, data: `Data with ${title}` };
}

/** "data map" is in the row "map" of the data. */
function placeOf(name: string, implementation: Implementation): Place {
  const [, kind, row] = /^(scenario|data) (.*)$/.exec(name)!;
  const table = tablesOf(implementation)[kind as "scenario" | "data"];
  return { table, row: row!, operation: "" };
}
