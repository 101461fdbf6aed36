/**
 * The gateway of gateway.yaml: several workers in front of a scheduler of
 * Ballista.
 *
 * @module
 */
import process from "node:process";
import { ballista, flightSqlGateway } from "@contrail/flight/gateway";
import { HealthService } from "@contrail/flight/server";
import { serveWorkers } from "@contrail/flight/workers";

const { SCHEDULER = "grpc://localhost:50050", GATEWAY_KEY } = process.env;
if (GATEWAY_KEY === undefined) throw new Error("GATEWAY_KEY is not set");
const health = new HealthService();

const workers = await serveWorkers(
  () =>
    flightSqlGateway(SCHEDULER, {
      engine: ballista(),
      keys: [GATEWAY_KEY],
      health,
    }),
  {
    // As many as the pod requests cores.
    workers: 4,
    hostname: "0.0.0.0",
    port: 8815,
    services: [health],
    shutdownOnSignals: true,
    shutdownTimeoutMs: 300_000,
    // Connections find new pods.
    maxConnectionAgeMs: 600_000,
  },
);
console.log(`Listening on ${workers.location.uri}`);
await workers.closed;
