/** A server of HTTP that endpoints are fetched from, for the tests of `read`. */

import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { LocationOptions } from "@contrail/flight/transport";
import { connectInMemory, type FlightClient } from "@contrail/flight/memory";
import { numbers } from "../support/numbers.ts";

/** Answers a request. */
export type Handler = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
) => unknown;

/** A server, a client in memory that gives 0, and what the server was asked. */
export interface HttpPeer extends AsyncDisposable {
  readonly client: FlightClient;
  readonly origin: string;
  readonly requests: http.IncomingMessage[];
}

/** Starts a server, and makes a client. */
export async function httpPeer(
  handler: Handler,
  options: LocationOptions & { maxReceiveMessageBytes?: number } = {},
): Promise<HttpPeer> {
  const requests: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    requests.push(request);
    response.on("error", () => {});
    void handler(request, response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const client = connectInMemory({ doGet: () => numbers(0) }, {
    ...options,
    headers: { authorization: "secret" },
  });
  return {
    client,
    requests,
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await client.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** A test of endpoints that are fetched. */
export function httpTest(name: string, run: () => Promise<void>): void {
  test(name, { timeout: 120_000 }, run);
}
