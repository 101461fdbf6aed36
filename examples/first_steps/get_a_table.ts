/** Downloads a table by its name. */

import { connect, serve, tableService } from "@contrail/flight";
import { tableFromArrays } from "apache-arrow";

const flights = tableFromArrays({
  to: ["Oslo", "Lima", "Bonn"],
  minutes: Int32Array.of(125, 740, 55),
});
await using server = await serve(tableService({ flights }));

await using client = connect(server.location);
const table = await client.getTable("flights");
for (const { to, minutes } of table) console.log(`${to}: ${minutes} minutes`);
