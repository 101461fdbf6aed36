/** Reads the table that server.ts serves. */

import process from "node:process";
import { connect } from "@contrail/flight/client";

await using client = connect(process.argv[2] ?? "grpc://localhost:8815");
for await (const batch of client.getStream("peaks")) {
  for (const { name, metres } of batch) console.log(`${name}: ${metres} m`);
}
