import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { commandDescriptor } from "../../internal/protocol/flight_descriptor.ts";
import type { PollInfo } from "../../internal/protocol/poll_info.ts";
import { pollInfoCodec } from "../../internal/protocol/poll_info.ts";
import { hex, oracleDecode } from "./oracle.ts";

const FULL: PollInfo = {
  info: { endpoints: [], ordered: false },
  descriptor: commandDescriptor("q"),
  progress: 0.5,
  expirationTime: new Date(2000),
};

test("PollInfo: round trip, and protobufjs reads it", () => {
  const bytes = pollInfoCodec.encode(FULL);
  assertEquals(pollInfoCodec.decode(bytes), FULL);
  assertEquals(oracleDecode("arrow.flight.protocol.PollInfo", bytes), {
    info: { totalRecords: "-1", totalBytes: "-1" },
    flightDescriptor: { type: 2, cmd: [113] },
    progress: 0.5,
    expirationTime: { seconds: "2" },
  });
});

test("PollInfo: absent fields are absent, a progress of 0 is not", () => {
  assertEquals(pollInfoCodec.encode({}), hex(""));
  assertEquals(pollInfoCodec.decode(hex("")), {});
  const bytes = hex("19 0000000000000000");
  assertEquals(pollInfoCodec.encode({ progress: 0 }), bytes);
  assertEquals(pollInfoCodec.decode(bytes), { progress: 0 });
});

test("PollInfo: wrong types are TypeErrors that name the field", () => {
  assertThrows(
    () => pollInfoCodec.encode(null as never),
    TypeError,
    "PollInfo must be an object, not null",
  );
  assertThrows(
    () => pollInfoCodec.encode({ progress: "1" as never }),
    TypeError,
    "PollInfo.progress must be a number, not string",
  );
  assertThrows(
    () => pollInfoCodec.encode({ expirationTime: 1 as never }),
    TypeError,
    "PollInfo.expirationTime must be a valid Date",
  );
});
