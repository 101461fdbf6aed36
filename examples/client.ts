/** Reads the table that server.ts serves. */

import process from "node:process";
import { connect, pathDescriptor } from "@contrail/flight/client";

await using client = connect(process.argv[2] ?? "grpc://localhost:8815");
const info = await client.getFlightInfo(pathDescriptor("peaks"));
for await (const batch of client.read(info)) {
  for (const { name, metres } of batch) console.log(`${name}: ${metres} m`);
}
