/** Bytes that are no messages: each a FlightError that says what and where. */

import { test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { FlightError } from "../../internal/core/flight_error.ts";
import * as action from "../../internal/protocol/action.ts";
import * as cancel from "../../internal/protocol/cancel_flight_info.ts";
import { criteriaCodec } from "../../internal/protocol/criteria.ts";
import { emptyCodec } from "../../internal/protocol/empty.ts";
import {
  decodeFlightData,
  encodeFlightData,
} from "../../internal/protocol/flight_data.ts";
import { decodeFileDescriptor } from "../../internal/protocol/services/file_descriptor.ts";
import { flightDescriptorCodec } from "../../internal/protocol/flight_descriptor.ts";
import { flightEndpointCodec } from "../../internal/protocol/flight_endpoint.ts";
import { flightInfoCodec } from "../../internal/protocol/flight_info.ts";
import * as health from "../../internal/protocol/services/health.ts";
import * as handshake from "../../internal/protocol/handshake.ts";
import { pollInfoCodec } from "../../internal/protocol/poll_info.ts";
import { putResultCodec } from "../../internal/protocol/put_result.ts";
import { reflectionRequestCodec } from "../../internal/protocol/services/reflection.ts";
import { renewFlightEndpointRequestCodec } from "../../internal/protocol/renew_flight_endpoint.ts";
import { schemaResultCodec } from "../../internal/protocol/schema_result.ts";
import * as session from "../../internal/protocol/session_options.ts";
import { ticketCodec } from "../../internal/protocol/ticket.ts";
import { ANY, NAMED } from "./malformed_messages.ts";
import { hex, randomIntegers } from "./oracle.ts";

/** Every decoder by the name of its message. */
const DECODERS: Readonly<Record<string, (bytes: Uint8Array) => unknown>> = {
  Action: action.actionCodec.decode,
  ActionType: action.actionTypeCodec.decode,
  BasicAuth: handshake.decodeBasicAuth,
  CancelFlightInfoRequest: cancel.cancelFlightInfoRequestCodec.decode,
  CancelFlightInfoResult: cancel.cancelFlightInfoResultCodec.decode,
  CloseSessionResult: session.closeSessionResultCodec.decode,
  Criteria: criteriaCodec.decode,
  Empty: emptyCodec.decode,
  FileDescriptorProto: decodeFileDescriptor,
  FlightData: decodeFlightData,
  FlightDescriptor: flightDescriptorCodec.decode,
  FlightEndpoint: flightEndpointCodec.decode,
  FlightInfo: flightInfoCodec.decode,
  GetSessionOptionsResult: session.getSessionOptionsResultCodec.decode,
  HandshakeRequest: handshake.handshakeRequestCodec.decode,
  HandshakeResponse: handshake.handshakeResponseCodec.decode,
  HealthCheckRequest: health.healthCheckRequestCodec.decode,
  HealthListRequest: health.healthListRequestCodec.decode,
  PollInfo: pollInfoCodec.decode,
  PutResult: putResultCodec.decode,
  RenewFlightEndpointRequest: renewFlightEndpointRequestCodec.decode,
  Result: action.resultCodec.decode,
  SchemaResult: schemaResultCodec.decode,
  ServerReflectionRequest: reflectionRequestCodec.decode,
  SetSessionOptionsRequest: session.setSessionOptionsRequestCodec.decode,
  SetSessionOptionsResult: session.setSessionOptionsResultCodec.decode,
  Ticket: ticketCodec.decode,
};

function assertMalformed(name: string, bytes: Uint8Array, details: string) {
  const error = assertThrows(
    () => DECODERS[name]!(bytes),
    FlightError,
    undefined,
    name,
  );
  assertEquals(error.code, "INVALID_ARGUMENT");
  assertEquals(error.origin, "local");
  assert(error.cause instanceof Error);
  const text = `Cannot decode ${name}: ${details}`;
  assertEquals(error.details.slice(0, text.length), text);
}

test("protobuf: malformed as any message", () => {
  for (const name of Object.keys(DECODERS)) {
    for (const [bytes, details] of ANY) {
      assertMalformed(name, hex(bytes), details);
    }
  }
});

test("protobuf: malformed as the message it should be", () => {
  for (const [name, bytes, details] of NAMED) {
    assertMalformed(name, hex(bytes), details);
  }
});

test("protobuf: messages in messages without end", () => {
  let bytes: number[] = [];
  // DescriptorProto.nested_type; lengths of two bytes, which need not be shortest.
  const nest = (tag: number): void => {
    bytes = [tag, bytes.length & 127 | 128, bytes.length >> 7, ...bytes];
  };
  while (bytes.length < 10_000) nest(0x1a);
  nest(0x22);
  assertMalformed(
    "FileDescriptorProto",
    Uint8Array.from(bytes),
    "nested deeper",
  );
});

test("protobuf: truncated anywhere: decoded or refused", () => {
  const info = flightInfoCodec.encode({
    schemaBytes: hex("01020304"),
    descriptor: { type: "PATH", path: ["ü", "b"] },
    endpoints: [{ ticket: "t", locations: ["u"], expirationTime: new Date(1) }],
  });
  const { chunks: [data] } = encodeFlightData({
    descriptor: { type: "CMD", cmd: hex("01") },
    dataHeader: hex("0102"),
    appMetadata: info,
  });
  for (const bytes of [info, data!]) {
    for (let length = 0; length < bytes.byteLength; length++) {
      for (const decode of Object.values(DECODERS)) {
        try {
          decode(bytes.subarray(0, length));
        } catch (error) {
          assert(error instanceof FlightError, String(error));
        }
      }
    }
  }
});

test("protobuf: random bytes and random damage: decoded or refused", () => {
  const random = randomIntegers(7);
  const decoders = Object.values(DECODERS);
  const valid = flightInfoCodec.encode({
    schemaBytes: hex("01020304"),
    descriptor: { type: "PATH", path: ["ü", "b"] },
    endpoints: [{ ticket: "t", locations: ["u"], expirationTime: new Date(1) }],
    appMetadata: hex("c23e"),
  });
  // Tags that mean something are more likely than any others.
  const likely = hex("0a 12 1a 22 08 10 18 20 2a 2b 2c c2 3e 01 02 05 80 ff");
  let refused = 0;
  for (let i = 0; i < 30_000; i++) {
    let bytes: Uint8Array;
    if (random(2)) {
      bytes = valid.slice();
      for (let n = random(4) + 1; n > 0; n--) {
        bytes[random(bytes.length)] = random(256);
      }
    } else {
      bytes = Uint8Array.from(
        { length: random(40) },
        () => random(3) ? likely[random(likely.length)]! : random(256),
      );
    }
    try {
      decoders[random(decoders.length)]!(bytes);
    } catch (error) {
      assert(error instanceof FlightError, String(error));
      assertEquals(error.code, "INVALID_ARGUMENT");
      refused++;
    }
  }
  assert(refused > 10_000 && refused < 29_000, String(refused));
});
