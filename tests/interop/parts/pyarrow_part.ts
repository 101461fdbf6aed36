/**
 * Our client against pyarrow's server, and pyarrow's client against ours.
 *
 * @module
 */
import type { Column, Missing, Part, Place } from "./part.ts";
import { fromFileUrl, INTEROP, interopFile } from "../programs/paths.ts";
import {
  programOf,
  type Runtime,
  RUNTIME_NAMES,
} from "../programs/programs.ts";
import { findPyarrow, PYARROW_VERSION } from "../programs/python.ts";
import { runSuite, type Suite } from "../pyarrow/suite.ts";
import { runCommand } from "../../../tools/run_command.ts";

const TIMEOUT_MS = 60_000;

/** Operations of the cases of a data set. */
const OPERATIONS = [
  "get and put",
  "put and get",
  "get sliced",
  "put sliced",
  "get",
  "put",
];

/** Makes the part: both directions on each runtime. */
export async function pyarrowPart(
  runtimes: readonly Runtime[],
): Promise<Part | Missing> {
  const found = await findPyarrow();
  if ("problem" in found) {
    return {
      what: `pyarrow ${PYARROW_VERSION}, and with it every test against it,`,
      problem: found.problem,
    };
  }
  const folder = fromFileUrl(new URL("data", INTEROP));
  await outputOf([found.python, interopFile("python/datasets.py"), folder]);
  const index = JSON.parse(await Deno.readTextFile(`${folder}/index.json`));
  const datasets = new Set<string>([...index.datasets, ...index.encoded]);
  const columns: Column[] = [];
  for (const runtime of runtimes) {
    columns.push(...await columnsOf(runtime, found.python, folder));
  }
  return {
    columns,
    tables: ["Calls", "Data"],
    place: (name) => placeOf(name, datasets),
  };
}

async function columnsOf(
  runtime: Runtime,
  python: string,
  folder: string,
): Promise<Column[]> {
  const program = await programOf(runtime);
  const pyarrowClient = [python, interopFile("python/pyarrow_client.py")];
  const ourClient = (command: string) => [
    ...program,
    interopFile("pyarrow/ts_client.ts"),
    command,
    folder,
  ];
  const name = RUNTIME_NAMES[runtime];
  return [
    {
      title: `pyarrow to ${name}`,
      run: (filter) =>
        runCases(filter, [...pyarrowClient, "list"], {
          server: [...program, interopFile("pyarrow/ts_server.ts"), folder],
          client: [...pyarrowClient, "run"],
        }),
    },
    {
      title: `${name} to pyarrow`,
      run: (filter) =>
        runCases(filter, ourClient("list"), {
          server: [python, interopFile("python/pyarrow_server.py")],
          client: ourClient("run"),
        }),
    },
  ];
}

async function* runCases(
  filter: string,
  list: readonly string[],
  suite: Suite,
): ReturnType<Column["run"]> {
  const output = await outputOf(list);
  const line = output.split("\n").find((line) => line.startsWith("["));
  if (line === undefined) throw new Error(output);
  const names: string[] = JSON.parse(line);
  yield* runSuite(suite, names.filter((name) => name.includes(filter)));
}

async function outputOf(command: readonly string[]): Promise<string> {
  const { success, output } = await runCommand(command, TIMEOUT_MS);
  if (!success) throw new Error(output);
  return output;
}

/** "get and put utf8" is an operation on the data set "utf8". */
function placeOf(name: string, datasets: ReadonlySet<string>): Place {
  for (const operation of OPERATIONS) {
    const dataset = name.slice(operation.length + 1);
    if (name.startsWith(`${operation} `) && datasets.has(dataset)) {
      return { table: "Data", row: dataset, operation };
    }
  }
  return { table: "Calls", row: name, operation: "" };
}
