/**
 * The drivers for databases that this machine has.
 *
 * @module
 */
import { DRIVERS } from "../drivers/drivers.ts";
import { fromFileUrl, interopFile } from "../programs/paths.ts";
import { findAdbc } from "../programs/python.ts";
import type { DriverCommands } from "./driver_program.ts";

/** Finds the programs; the parts of the drivers say why one is missing. */
export async function driverCommands(): Promise<DriverCommands> {
  const adbc = await findAdbc();
  const jdbc = await DRIVERS.jdbc.find();
  return {
    ..."python" in adbc &&
      { ADBC: [adbc.python, interopFile("python/adbc_rows.py")] },
    ..."client" in jdbc && {
      JDBC: [
        // The last argument is the program with its own cases.
        ...jdbc.client.slice(0, -1),
        fromFileUrl(
          new URL("../drivers/jdbc/JdbcRows.java", import.meta.url),
        ),
      ],
    },
  };
}
