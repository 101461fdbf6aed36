/** `flight health`: Check of grpc.health.v1. */

import { FlightError } from "@contrail/flight/client";
import { Command } from "commander";
import {
  type ConnectionOptions,
  connectionOptions,
  withClient,
} from "../connection.ts";
import { Output } from "../output/output.ts";

/** The values of `ServingStatus` by their numbers (health.proto). */
const STATUSES = ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"];

/** Makes the command. */
export function healthCommand(): Command {
  const command = new Command("health")
    .summary("ask for the health of a server")
    .description(
      "Asks for the health of a server by the gRPC health service. SERVING ends with\nexit code 0, any other status with 5.",
    )
    .argument("<location>", "the server")
    .argument(
      "[service]",
      "a gRPC service of the server, such as arrow.flight.protocol.FlightService; the server as a whole by default",
      "",
    );
  connectionOptions(command);
  return command.action(health);
}

async function health(
  location: string,
  service: string,
  options: ConnectionOptions,
): Promise<void> {
  await withClient(location, options, async (client, signal) => {
    const answers = client.call("grpc.health.v1.Health/Check", [
      requestOf(service),
    ], { signal });
    let status = "UNKNOWN";
    for await (const answer of answers) {
      // HealthCheckResponse has one field, the status, which is a small number.
      if (answer[0] === 0x08) status = STATUSES[answer[1]!] ?? "UNKNOWN";
    }
    const output = Output.standard();
    await output.text(`${status}\n`);
    await output.flush();
    if (status === "SERVING") return;
    throw new FlightError("UNAVAILABLE", `the server is ${status}`);
  });
}

/** HealthCheckRequest: its first field is the name. */
function requestOf(service: string): Uint8Array {
  if (service === "") return new Uint8Array();
  const name = new TextEncoder().encode(service);
  const length: number[] = [];
  for (let rest = name.length;; rest >>>= 7) {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    if (rest <= 0x7f) break;
  }
  return Uint8Array.from([0x0a, ...length, ...name]);
}
