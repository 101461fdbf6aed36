/** FlightInfos and descriptors as bytes. */

import { commandDescriptor, pathDescriptor } from "@contrail/flight";
import {
  decodeDescriptor,
  decodeFlightInfo,
  encodeDescriptor,
  encodeFlightInfo,
} from "@contrail/flight/data";
import { connectInMemory } from "@contrail/flight/memory";
import { assertEquals, assertThrows } from "@std/assert";
import { FlightError } from "@contrail/flight";
import { tableFromArrays } from "apache-arrow";
import { test } from "node:test";

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });

test("encodeFlightInfo(): another client reads the endpoints", async () => {
  const service = {
    getFlightInfo: () => ({
      descriptor: "numbers",
      schema: table.schema,
      endpoints: [{ ticket: "a", appMetadata: Uint8Array.of(1) }, {
        ticket: "b",
      }],
      totalRecords: 6,
      ordered: true,
    }),
    doGet: () => table,
  };
  await using client = connectInMemory(service);
  const info = await client.getFlightInfo("numbers");
  const copy = decodeFlightInfo(encodeFlightInfo(info));
  assertEquals(copy, info);
  assertEquals(copy.schema?.names, ["n"]);
  assertEquals(encodeFlightInfo(copy), encodeFlightInfo(info));

  await using other = connectInMemory(service);
  assertEquals((await other.read(copy).table()).numRows, 6);
  // One endpoint for each of several workers.
  const [endpoint] = copy.endpoints;
  const part = encodeFlightInfo({ ...copy, endpoints: [endpoint!] });
  const partial = other.read(decodeFlightInfo(part));
  assertEquals((await partial.table()).numRows, 3);
});

test("encodeFlightInfo() gives the bytes of Flight.proto", () => {
  const bytes = encodeFlightInfo({ endpoints: [{ ticket: "a" }] });
  // Field 3, an endpoint, with field 1, a ticket, with field 1, bytes.
  const endpoint = [0x1a, 5, 0x0a, 3, 0x0a, 1, 0x61];
  assertEquals([...bytes.subarray(0, endpoint.length)], endpoint);
  // Fields of later versions of Flight stay.
  const later = Uint8Array.of(...bytes, 0x9a, 0x06, 1, 0x62);
  assertEquals(encodeFlightInfo(decodeFlightInfo(later)), later);
});

test("encodeDescriptor() takes every form", () => {
  for (
    const [form, descriptor, bytes] of [
      ["a", pathDescriptor("a"), [8, 1, 0x1a, 1, 0x61]],
      [["a", "b"], pathDescriptor("a", "b"), undefined],
      [{ cmd: "a" }, commandDescriptor("a"), [8, 2, 0x12, 1, 0x61]],
    ] as const
  ) {
    const encoded = encodeDescriptor(form);
    if (bytes) assertEquals([...encoded], [...bytes]);
    assertEquals<unknown>(decodeDescriptor(encoded), descriptor);
  }
});

test("decodeFlightInfo() and decodeDescriptor() refuse other bytes", () => {
  for (const decode of [decodeFlightInfo, decodeDescriptor]) {
    const error = assertThrows(
      () => decode(Uint8Array.of(0x1a, 200, 1)),
      FlightError,
    );
    assertEquals(error.code, "INVALID_ARGUMENT");
  }
  const info = decodeFlightInfo(Uint8Array.of(0x0a, 1, 0xff));
  const error = assertThrows(() => info.schema, FlightError);
  assertEquals([error.code, error.origin], ["INVALID_ARGUMENT", "local"]);
  const guess = encodeFlightInfo as (info: unknown) => unknown;
  assertThrows(() => guess(table), TypeError, "FlightInfo");
});
