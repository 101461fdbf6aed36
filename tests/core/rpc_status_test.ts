import { test } from "node:test";
import { assertEquals } from "@std/assert";
import { FlightError } from "@contrail/flight";
import { flightHandler } from "@contrail/flight/handler";
import { connectWeb } from "@contrail/flight/web";
import { assertFlightError } from "../support/rejections.ts";

const PATH =
  "https://flight.example/arrow.flight.protocol.FlightService/ListActions";
const NAME = "type.googleapis.com/google.protobuf.BytesValue";

/** Value of `grpc-status-details-bin` in the answer to a client with these headers. */
async function detailsFor(
  headers: Record<string, string>,
  extraInfo: Uint8Array,
): Promise<string> {
  const handler = flightHandler({
    listActions() {
      throw new FlightError("NOT_FOUND", "gone", { extraInfo });
    },
  });
  const response = await handler(
    new Request(PATH, {
      method: "POST",
      headers: { "content-type": "application/grpc-web+proto", ...headers },
      body: new Uint8Array(5),
    }),
  );
  const text = new TextDecoder().decode(await response.bytes());
  return atob(/grpc-status-details-bin: (\S+)/.exec(text)![1]!);
}

test("extraInfo is a google.rpc.Status for gRPC-Web and Go, and bare for others", async () => {
  const status = "\x08\x05\x12\x04gone\x1a\x35\x0a\x2e" + NAME +
    "\x12\x03\x0a\x01\x09";
  for (
    const headers of [
      { "x-grpc-web": "1" },
      { "user-agent": "grpc-go/1.79.0" },
    ] as Record<string, string>[]
  ) assertEquals(await detailsFor(headers, Uint8Array.of(9)), status);
  assertEquals(await detailsFor({}, Uint8Array.of(9)), "\x09");
});

test("extraInfo crosses as it was, of any length, and if it looks like a Status", async () => {
  for (
    const extraInfo of [
      new Uint8Array(),
      Uint8Array.of(0x08, 0x05),
      Uint8Array.of(0x08, 0x05, 0x1a, 0xff, 0xff),
      new Uint8Array(1000).fill(7),
    ]
  ) {
    const client = connectWeb("https://flight.example", {
      fetch: flightHandler({
        listActions() {
          throw new FlightError("NOT_FOUND", "gone", { extraInfo });
        },
      }),
    });
    const error = await assertFlightError(
      Array.fromAsync(client.listActions()),
      "NOT_FOUND",
    );
    assertEquals(error.extraInfo, extraInfo);
  }
});
