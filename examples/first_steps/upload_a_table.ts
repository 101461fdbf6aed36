/** Uploads tables: one that is there already, and one that is made while it is sent. */

import { connect, serve, tableService } from "@contrail/flight";
import { type Table, tableFromArrays } from "apache-arrow";

const tables = new Map<string, Table>();
await using server = await serve(tableService(tables, { put: true }));
await using client = connect(server.location);

const numbers = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
await client.putTable("numbers", numbers);

// A generator makes each part when the server is ready for it.
async function* parts() {
  for (let i = 0; i < 3; i++) {
    yield tableFromArrays({ n: Int32Array.of(i, i) });
  }
}
await client.putTable(["many", "numbers"], parts());

for (const [name, { numRows }] of tables) console.log(`${name}: ${numRows}`);
