/** Our services called by `@grpc/grpc-js`, and its services called by `client.call`. */

import { test } from "node:test";
import {
  Client,
  credentials,
  type MethodDefinition,
  type sendUnaryData,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  status,
} from "@grpc/grpc-js";
import { assertEquals } from "@std/assert";
import { connect, HealthService, serve } from "@contrail/flight";
import { assertFlightError } from "../support/rejections.ts";
import { event } from "../support/events.ts";
import { protoMethod } from "./proto_call.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

const OPTIONS = { timeout: 60_000 };

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes);
const asBytes = (buffer: Buffer): Uint8Array => new Uint8Array(buffer);

test(
  "grpc-js checks and watches the health of our server",
  OPTIONS,
  async () => {
    const health = new HealthService();
    await using server = await serve({}, { services: [health] });
    const client = new Client(
      `127.0.0.1:${server.port}`,
      credentials.createInsecure(),
    );
    const [check, watch] = ["Check", "Watch"].map((name) =>
      protoMethod(`grpc.health.v1.Health/${name}`)
    );
    const answer = event<unknown[]>();
    client.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      (request: object) => asBuffer(check!.encode({ ...request })),
      (bytes) => check!.decode(asBytes(bytes)),
      { service: "" },
      (error, value) => answer.resolve([error?.code, value?.status]),
    );
    assertEquals(await answer.promise, [undefined, "SERVING"]);
    const refusal = event<unknown>();
    client.makeUnaryRequest(
      "/grpc.health.v1.Health/Check",
      (request: object) => asBuffer(check!.encode({ ...request })),
      (bytes) => check!.decode(asBytes(bytes)),
      { service: "a" },
      (error) => refusal.resolve([error?.code, error?.details]),
    );
    assertEquals(await refusal.promise, [
      status.NOT_FOUND,
      'unknown service "a"',
    ]);
    const stream = client.makeServerStreamRequest(
      "/grpc.health.v1.Health/Watch",
      (request: object) => asBuffer(watch!.encode({ ...request })),
      (bytes) => watch!.decode(asBytes(bytes)),
      { service: "" },
    );
    const seen: unknown[] = [];
    for await (const { status } of stream) {
      seen.push(status);
      if (seen.length === 1) health.set("", "UNKNOWN");
      if (seen.length === 2) void server.shutdown();
    }
    assertEquals(seen, ["SERVING", "UNKNOWN", "NOT_SERVING"]);
    client.close();
  },
);

/** A method of grpc-js in bytes. */
function method(
  name: string,
  requestStream: boolean,
  responseStream: boolean,
): MethodDefinition<Uint8Array, Uint8Array> {
  return {
    path: `/a.B/${name}`,
    requestStream,
    responseStream,
    requestSerialize: asBuffer,
    requestDeserialize: asBytes,
    responseSerialize: asBuffer,
    responseDeserialize: asBytes,
  };
}

for (const [transportName, transport] of TRANSPORTS) {
  test(
    `client.call calls a service of grpc-js (${transportName})`,
    OPTIONS,
    async () => {
      const server = new Server();
      server.addService({
        Echo: method("Echo", false, false),
        Count: method("Count", true, true),
      }, {
        Echo(
          call: ServerUnaryCall<Uint8Array, Uint8Array>,
          callback: sendUnaryData<Uint8Array>,
        ) {
          if (call.request.length > 0) callback(null, call.request);
          else callback({ code: status.OUT_OF_RANGE, details: "empty" });
        },
        // Not `for await`, which would destroy the other direction too.
        Count(call: ServerDuplexStream<Uint8Array, Uint8Array>) {
          call.on("data", ({ length }) => call.write(Uint8Array.of(length)));
          call.on("end", () => call.end());
        },
      });
      const port = await new Promise<number>((resolve, reject) =>
        server.bindAsync(
          "127.0.0.1:0",
          ServerCredentials.createInsecure(),
          (error, port) => error ? reject(error) : resolve(port),
        )
      );
      await using client = connect(`grpc://127.0.0.1:${port}`, { transport });
      const call = (name: string, ...requests: Uint8Array[]) =>
        Array.fromAsync(client.call(`a.B/${name}`, requests));
      assertEquals(await call("Echo", Uint8Array.of(1, 2)), [
        Uint8Array.of(1, 2),
      ]);
      await assertFlightError(
        call("Echo", new Uint8Array()),
        "OUT_OF_RANGE",
        "[out of range] a.B/Echo: empty",
      );
      assertEquals(
        await call(
          "Count",
          new Uint8Array(3),
          new Uint8Array(),
          new Uint8Array(9),
        ),
        [3, 0, 9].map((length) => Uint8Array.of(length)),
      );
      await assertFlightError(call("Nothing"), "UNIMPLEMENTED");
      await client.close();
      server.forceShutdown();
    },
  );
}
