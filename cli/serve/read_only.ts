/** Errors of a database that is served for reading only. */

import { FlightError } from "@contrail/flight/server";
import type { DatabaseAdapter } from "@contrail/flight/sqlite";

/** The remedy in the errors of the adapters, which is one for programs. */
const REMEDY = "the option readOnly: false opens it for writing";
/** The remedy for users of this program. */
const OWN_REMEDY =
  "the server was started without --read-write, which allows changes";

/** Makes the errors of a database that refuses to write name the option of this program. */
export function namingReadWrite(adapter: DatabaseAdapter): DatabaseAdapter {
  return {
    info: adapter.info,
    async connect() {
      const connection = await adapter.connect();
      const { prepare, ingest } = connection;
      return Object.assign(connection, {
        prepare: (...args: Parameters<typeof prepare>) =>
          naming(async () => await prepare.apply(connection, args)),
        ingest: (...args: Parameters<typeof ingest>) =>
          naming(async () => await ingest.apply(connection, args)),
      });
    },
    close: () => adapter.close(),
  };
}

async function naming<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!FlightError.is(error)) throw error;
    throw new FlightError(
      error.code,
      error.details.replace(REMEDY, OWN_REMEDY),
      { cause: error },
    );
  }
}
