/**
 * Cloudflare Workers: our handler and our clients in workerd.
 *
 * @module
 */
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import {
  programOf,
  type Runtime,
  RUNTIME_NAMES,
} from "../programs/programs.ts";
import { CASE_TIMEOUT_MS, reportedCases } from "../programs/reported_cases.ts";
import { CASE_NAMES } from "../workerd/case_names.ts";
import {
  findWorkerd,
  startWorker,
  WORKERD_VERSION,
  writeWorker,
} from "../workerd/workerd.ts";
import type { Column, Missing, Outcome, Part } from "./part.ts";

/** Titles of the tables by the prefixes of the cases. */
const TITLES: Readonly<Record<string, string>> = {
  handler: `flightHandler in workerd ${WORKERD_VERSION}, with connectWeb`,
  fetch: `connectWeb in workerd ${WORKERD_VERSION}, with flightHandler`,
  sockets: `connect in workerd ${WORKERD_VERSION}, with serve`,
};

/** Makes the part. */
export async function workerdPart(
  runtimes: readonly Runtime[],
): Promise<Part | Missing> {
  const found = await findWorkerd();
  if ("problem" in found) {
    const what = "workerd, and with it every test in a Worker,";
    return { what, problem: found.problem };
  }
  const columns = await Promise.all(runtimes.map(async (runtime) => {
    const program = await programOf(runtime);
    const column: Column = {
      title: RUNTIME_NAMES[runtime],
      run: (filter) => runCases(found.path, program, filter),
    };
    return column;
  }));
  return {
    columns,
    tables: Object.values(TITLES),
    place(name) {
      const [, table, row] = /^(\w+): (.*)$/.exec(name)!;
      return { table: TITLES[table!]!, row: row!, operation: "" };
    },
  };
}

async function* runCases(
  workerd: string,
  program: readonly string[],
  filter: string,
): AsyncGenerator<Outcome> {
  const server = (kind: string) =>
    new Peer([...program, interopFile("web/web_server.ts"), kind]);
  await using web = server("handler");
  await using grpc = server("http2");
  const folder = await Deno.makeTempDir({ prefix: "flight_workerd_" });
  try {
    const config = await writeWorker(folder, {
      WEB: `http://127.0.0.1:${await web.port()}`,
      GRPC: `grpc://127.0.0.1:${await grpc.port()}`,
    });
    await using worker = await startWorker(workerd, config);
    const url = `http://127.0.0.1:${config.port}`;
    await using client = new Peer([
      ...program,
      interopFile("web/web_client.ts"),
      "handler",
      String(config.port),
      "",
      filter,
    ]);
    yield* reportedCases(client, worker);
    for (const table of ["fetch", "sockets"]) {
      for (const name of CASE_NAMES) {
        const title = `${table}: ${name}`;
        if (title.includes(filter)) {
          yield { name: title, error: await errorIn(url, table, name, worker) };
        }
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a case in the Worker; returns its error. */
async function errorIn(
  url: string,
  table: string,
  name: string,
  worker: Peer,
): Promise<string | undefined> {
  try {
    const query = new URLSearchParams({ case: name });
    const response = await fetch(`${url}/${table}?${query}`, {
      signal: AbortSignal.timeout(CASE_TIMEOUT_MS),
    });
    const text = await response.text();
    if (response.status === 200 && text === "") return undefined;
    return `${response.status} ${text}\n${worker.log}`;
  } catch (error) {
    return `${error}\n${worker.log}`;
  }
}
