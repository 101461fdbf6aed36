/** A server that keeps tables by their names: list, get, put, and an action that deletes. */

import { connect, FlightError, serve, tableService } from "@contrail/flight";
import { type Table, tableFromArrays } from "apache-arrow";

const tables = new Map<string, Table>();
await using server = await serve({
  ...tableService(tables, { put: true }),
  listActions: () => [{ type: "delete", description: "Deletes a table." }],
  *doAction(action) {
    if (action.type !== "delete") {
      throw new FlightError("UNIMPLEMENTED", `no action ${action.type}`);
    }
    yield { body: tables.delete(action.text()) ? "deleted" : "there was none" };
  },
});

await using client = connect(server.location);
const value = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
for (const key of ["users/ada", "users/bob", "log"]) {
  await client.putTable(key.split("/"), value);
}
for (const body of ["users/bob", "users/eve"]) {
  for await (const result of client.doAction({ type: "delete", body })) {
    console.log(`${body}: ${result.text()}`);
  }
}
for await (const info of client.listFlights("users/")) {
  if (info.descriptor?.type !== "PATH") continue;
  console.log(`${info.descriptor.path.join("/")}: ${info.totalRecords} rows`);
}
