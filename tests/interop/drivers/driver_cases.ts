/**
 * The cases of a driver with a server, which may be behind a gateway.
 *
 * @module
 */
import type { Outcome } from "../parts/part.ts";
import type { Engine } from "../programs/engines.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import { CASE_TIMEOUT_MS, reportedCases } from "../programs/reported_cases.ts";
import { runSuite } from "../pyarrow/suite.ts";
import { runCommand } from "../../../tools/run_command.ts";
import type { FoundDriver } from "./drivers.ts";

/** Longest time for a driver to start and to list its cases. */
const LIST_TIMEOUT_MS = 60_000;

/** Both sides of a run. */
interface DriverRun {
  /** The command that starts the server. */
  readonly server: readonly string[];
  /** The engine of the server. */
  readonly engine: Engine;
}

/** Runs the cases that a driver lists. */
export async function* driverCases(
  { client }: FoundDriver,
  { server, engine }: DriverRun,
  filter: string,
): AsyncGenerator<Outcome> {
  const { success, output } = await runCommand(
    [...client, "list"],
    LIST_TIMEOUT_MS,
  );
  const list = output.split("\n").find((line) => line.startsWith("["));
  if (!success || list === undefined) throw new Error(output);
  const names = (JSON.parse(list) as string[])
    .filter((name) => name.includes(filter));
  yield* runSuite({ server, client: [...client, "run", engine] }, names);
}

/**
 * Runs the cases of ADBC: one server and one client for all of them.
 *
 * @param python The Python that has the driver.
 * @param run The server, whose first two lines are its port and a token.
 * @param filter Part of the names of the cases.
 */
export async function* adbcCases(
  python: string,
  { server: command, engine }: DriverRun,
  filter: string,
): AsyncGenerator<Outcome> {
  await using server = new Peer(command);
  const port = await server.port();
  const token = await server.line(CASE_TIMEOUT_MS);
  if (typeof token === "string") {
    throw new Error(`the server: no token\n${server.log}`);
  }
  await using client = new Peer([
    python,
    interopFile("python/adbc_cases.py"),
    port,
    token.line,
    engine,
    filter,
  ]);
  yield* reportedCases(client, server);
}
