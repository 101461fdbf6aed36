/** The entries of internal/protocol/ and the .proto files. */

import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { field } from "../../internal/message/fields.ts";
import { message } from "../../internal/message/message.ts";
import { bytes, string } from "../../internal/message/scalars.ts";
import { messageNames, oracleRoot } from "../wire/oracle.ts";
import { ALL_CODECS } from "./all_codecs.ts";
import { assertEntry } from "./assert_entry.ts";

/** Keys that are not the names of their fields. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "arrow.flight.protocol.FlightInfo": {
    schema: "schemaBytes",
    flightDescriptor: "descriptor",
    endpoint: "endpoints",
  },
  "arrow.flight.protocol.PollInfo": { flightDescriptor: "descriptor" },
  "arrow.flight.protocol.FlightEndpoint": { location: "locations" },
};

/** Messages that stand for a value, and are always there as the value is. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  "arrow.flight.protocol.FlightEndpoint": ["ticket"],
  "arrow.flight.protocol.CancelFlightInfoRequest": ["info"],
  "arrow.flight.protocol.RenewFlightEndpointRequest": ["endpoint"],
};

test("protocol entries: each is that of the .proto file, and none is missing", () => {
  for (const codec of ALL_CODECS) {
    assertEntry(oracleRoot, codec, {
      renamed: RENAMED[codec.name],
      required: REQUIRED[codec.name],
    });
  }
  assertEquals(
    [...ALL_CODECS.map(({ name }) => name), "arrow.flight.protocol.FlightData"]
      .sort(),
    messageNames(oracleRoot)
      .filter((name) => !name.startsWith("contrail.test."))
      .sort(),
  );
});

test("protocol entries: a mistake in an entry is found", () => {
  const name = "arrow.flight.protocol.Ticket";
  assertEntry(oracleRoot, message(name, { ticket: field(1, bytes) }));
  for (
    const wrong of [
      message(name, { ticket: field(2, bytes) }),
      message(name, { ticket: field(1, string) }),
      message(name, { tickets: field(1, bytes) }),
      message(name, {}),
      message(name, { ticket: field(1, bytes), more: field(2, bytes) }),
      message(`${name}s`, { ticket: field(1, bytes) }),
    ]
  ) assertThrows(() => assertEntry(oracleRoot, wrong));
});
