/**
 * The gateway between clients and servers that are not ours: our client with four servers, and the drivers ADBC
 * and JDBC with one of them, and with a server of ours over SQLite, which authenticates their users.
 *
 * @module
 */
import { adbcCases, driverCases } from "../drivers/driver_cases.ts";
import { DRIVERS } from "../drivers/drivers.ts";
import { driverCommands } from "../gateway/driver_commands.ts";
import { DRIVER_CASES } from "../gateway/driver_cases.ts";
import { DriverProgram, type DriverTitle } from "../gateway/driver_program.ts";
import type { Options } from "../options.ts";
import { driverServer } from "../programs/engines.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import { programOf, RUNTIME_NAMES } from "../programs/programs.ts";
import { findAdbc } from "../programs/python.ts";
import { reportedCases } from "../programs/reported_cases.ts";
import { SQL_SERVERS, type SqlServerName } from "../sql/sql_servers.ts";
import type { Column, Missing, Outcome, Part } from "./part.ts";

const TABLE = "Through the gateway";

/** Cases of one client, on one runtime. */
type Cases = (
  program: readonly string[],
  filter: string,
) => AsyncIterable<Outcome>;

/** Makes the part. */
export async function gatewayPart({ runtimes }: Options): Promise<Part> {
  const missing: Missing[] = [];
  const clients = new Map<string, Cases>();
  for (const [name, { title, find }] of Object.entries(SQL_SERVERS)) {
    const found = await find();
    if ("problem" in found) {
      const what = `${title}, and with it the gateway in front of it,`;
      missing.push({ what, problem: found.problem });
    } else {
      clients.set(
        title,
        (program, filter) =>
          ourClient(name as SqlServerName, found.path, program, filter),
      );
    }
  }
  const adbc = await findAdbc();
  if ("problem" in adbc) {
    missing.push({ what: "ADBC through the gateway", problem: adbc.problem });
  } else {
    clients.set(
      "ADBC",
      (program, filter) =>
        adbcCases(adbc.python, gatewayOfDrivers(program), filter),
    );
  }
  const jdbc = await DRIVERS.jdbc.find();
  if ("problem" in jdbc) {
    missing.push({ what: "JDBC through the gateway", problem: jdbc.problem });
  } else {
    clients.set(
      "JDBC",
      (program, filter) => driverCases(jdbc, gatewayOfDrivers(program), filter),
    );
  }
  const commands = await driverCommands();
  const go = await SQL_SERVERS.go.find();
  if ("path" in go) {
    for (const driver of ["ADBC", "JDBC"] as const) {
      const command = commands[driver];
      if (command === undefined) continue;
      for (const way of ["proxied", "direct"] as const) {
        clients.set(
          `${driver}, ${SQL_SERVERS.go.title}, ${way}`,
          (program, filter) =>
            goCases({ path: go.path, driver, command, way }, program, filter),
        );
      }
    }
  }
  const columns: Column[] = [];
  for (const runtime of runtimes) {
    const program = await programOf(runtime);
    columns.push({
      title: RUNTIME_NAMES[runtime],
      async *run(filter) {
        for (const [client, cases] of clients) {
          for await (const { name, error } of cases(program, filter)) {
            yield { name: `${client}: ${name}`, error };
          }
        }
      },
    });
  }
  return {
    columns,
    missing,
    tables: [TABLE],
    place(name) {
      const [client = ""] = name.split(": ");
      return { table: TABLE, row: client, operation: name };
    },
  };
}

/** The command that starts the gateway. */
function gateway(program: readonly string[]): readonly string[] {
  return [...program, interopFile("gateway/gateway_server.ts")];
}

/** A gateway that starts the server of the drivers. */
function gatewayOfDrivers(program: readonly string[]) {
  const engine = "sqlite";
  const command = driverServer(program, engine);
  return {
    server: [...gateway(program), "command", ...command],
    engine,
  } as const;
}

async function* ourClient(
  name: SqlServerName,
  path: string,
  program: readonly string[],
  filter: string,
): AsyncGenerator<Outcome> {
  await using server = await SQL_SERVERS[name].start(path);
  await using front = new Peer([...gateway(program), "port", server.port]);
  await using client = new Peer([
    ...program,
    interopFile("sql/sql_client.ts"),
    name === "go" ? "go, gateway" : name,
    await front.port(),
    "http2",
    filter,
  ]);
  yield* reportedCases(client, front);
}

/** A driver, the server, and the way of its data. */
interface DriverRun {
  readonly path: string;
  readonly driver: DriverTitle;
  readonly command: readonly string[];
  readonly way: "proxied" | "direct";
}

async function* goCases(
  { path, driver, command, way }: DriverRun,
  program: readonly string[],
  filter: string,
): AsyncGenerator<Outcome> {
  await using server = await SQL_SERVERS.go.start(path);
  await using front = new Peer([
    ...gateway(program),
    "port",
    server.port,
    ...way === "direct" ? [way] : [],
  ]);
  const location = `grpc+tcp://127.0.0.1:${await front.port()}`;
  await using client = new DriverProgram(command, location);
  let count = 0;
  for (const [name, run] of Object.entries(DRIVER_CASES[driver])) {
    if (!name.includes(filter)) continue;
    let error: string | undefined;
    try {
      await run(client, `driver_${count++}`);
    } catch (thrown) {
      error = (thrown as Error).stack;
    }
    yield { name, error };
  }
}
