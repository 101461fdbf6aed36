/**
 * The program that every empty project runs: calls over a network and in memory.
 *
 * @module
 */
import { connect } from "@contrail/flight/client";
import { grpcJs } from "@contrail/flight/grpc-js";
import { connectInMemory } from "@contrail/flight/memory";
import { type FlightService, serve } from "@contrail/flight/server";
import { tableFromArrays } from "apache-arrow";

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
const service: FlightService = { doGet: () => table };
const servers = [
  await serve(service),
  await serve(service, { transport: grpcJs() }),
];
for (
  const client of [
    connectInMemory(service),
    ...servers.map(({ location }) => connect(location.uri)),
    ...servers.map(({ location }) =>
      connect(location.uri, { transport: grpcJs() })
    ),
  ]
) {
  const copy = await client.doGet("numbers").table();
  if (copy.toString() !== table.toString()) throw new Error(String(copy));
  await client.close();
}
for (const server of servers) await server.shutdown();
console.log("called");
