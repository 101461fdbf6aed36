/**
 * The program of others that is measured: the SQLite example of arrow-go.
 *
 * @module
 */
import {
  findGoTool,
  type FoundGoTool,
} from "../../tests/interop/programs/go_tools.ts";

/** The version of arrow-go. */
export const GO_VERSION = "18.8.0";

const NAME = "sqlite_flightsql_server";

/** Finds Go's server, and builds it where it is missing. */
export function findGoServer(): Promise<FoundGoTool> {
  return findGoTool({
    name: NAME,
    version: GO_VERSION,
    module: `github.com/apache/arrow-go/v18@v${GO_VERSION}`,
    folder: `./arrow/flight/flightsql/example/cmd/${NAME}`,
  });
}
