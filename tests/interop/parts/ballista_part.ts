/**
 * The gateway in front of Apache DataFusion Ballista: a scheduler and two executors.
 *
 * @module
 */
import { findBallista } from "../../../examples/cluster/ballista.ts";
import { driverCommands } from "../gateway/driver_commands.ts";
import type { Options } from "../options.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import { programOf, RUNTIME_NAMES } from "../programs/programs.ts";
import { reportedCases } from "../programs/reported_cases.ts";
import type { Column, Missing, Part } from "./part.ts";

const TABLE = "The gateway in front of Ballista 55";

/** Makes the part. */
export async function ballistaPart(
  { parts, runtimes }: Options,
): Promise<Part | Missing> {
  // The build takes as long as many other parts together.
  const isAsked = parts.length === 1;
  const found = await findBallista(isAsked);
  if ("problem" in found) {
    return {
      what: "Ballista, and with it the gateway in front of it,",
      problem: isAsked
        ? found.problem
        : `${found.problem}: run deno task interop --only=ballista`,
    };
  }
  const drivers = await driverCommands();
  const missing = (["ADBC", "JDBC"] as const)
    .filter((title) => drivers[title] === undefined)
    .map((title) => ({
      what: `${title} in front of Ballista`,
      problem: "see the part of the driver",
    }));
  const columns: Column[] = [];
  for (const runtime of runtimes) {
    const program = await programOf(runtime);
    columns.push({
      title: RUNTIME_NAMES[runtime],
      async *run(filter) {
        await using client = new Peer([
          ...program,
          interopFile("gateway/ballista_client.ts"),
          found.program,
          filter,
          JSON.stringify(drivers),
        ]);
        yield* reportedCases(client);
      },
    });
  }
  return {
    columns,
    missing,
    tables: [TABLE],
    place: (name) => ({ table: TABLE, row: name, operation: "" }),
  };
}
