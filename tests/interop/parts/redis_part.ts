/**
 * State that servers share in Redis or Valkey, by the clients that applications
 * have.
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
import { reportedCases } from "../programs/reported_cases.ts";
import { findRedis } from "../redis/redis_server.ts";
import type { Column, Missing, Part } from "./part.ts";

const TABLE = "State in Redis";

/** Time for the packages of the clients, which may have to be installed, in milliseconds. */
const INSTALL_TIMEOUT_MS = 3 * 60_000;

/** Makes the part. */
export async function redisPart(
  runtimes: readonly Runtime[],
): Promise<Part | Missing> {
  const program = await findRedis();
  if ("problem" in program) {
    return { what: "State in Redis is not tested", ...program };
  }
  const columns: Column[] = [];
  for (const runtime of runtimes) {
    const command = await programOf(runtime);
    columns.push({
      title: RUNTIME_NAMES[runtime],
      async *run(filter) {
        await using client = new Peer([
          ...command,
          interopFile("redis/redis_client.ts"),
          program.path,
          filter,
        ]);
        yield* reportedCases(client, undefined, INSTALL_TIMEOUT_MS);
      },
    });
  }
  return {
    columns,
    tables: [TABLE],
    place: (name) => ({ table: TABLE, row: name, operation: "" }),
  };
}
