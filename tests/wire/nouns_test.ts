/** Nouns without a test file of their own: round trips and golden bytes. */

import { Buffer } from "node:buffer";
import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import * as action from "../../internal/protocol/action.ts";
import * as cancel from "../../internal/protocol/cancel_flight_info.ts";
import * as criteria from "../../internal/protocol/criteria.ts";
import * as empty from "../../internal/protocol/empty.ts";
import * as handshake from "../../internal/protocol/handshake.ts";
import * as putResult from "../../internal/protocol/put_result.ts";
import * as renew from "../../internal/protocol/renew_flight_endpoint.ts";
import * as schemaResult from "../../internal/protocol/schema_result.ts";
import * as ticket from "../../internal/protocol/ticket.ts";
import { FlightError } from "../../internal/core/flight_error.ts";
import { hex, isPlain, oracleDecode } from "./oracle.ts";

const UNKNOWN_FIELDS = "f83f01 fd3f01020304 f93f0102030405060708 fa3f020102" +
  "fb3f 0a00 1b 1c fc3f";

test("Ticket: golden bytes, in every form", () => {
  assertEquals(ticket.ticketCodec.encode("abc"), hex("0a03616263"));
  assertEquals(ticket.ticketCodec.encode(hex("00ff")), hex("0a0200ff"));
  assertEquals(ticket.ticketCodec.encode({ ticket: hex("01") }), hex("0a0101"));
  assertEquals(ticket.ticketCodec.encode(""), hex(""));
  assertEquals(ticket.ticketCodec.decode(hex("0a0200ff")), {
    ticket: hex("00ff"),
  });
  assertEquals(ticket.ticketCodec.decode(hex("")), { ticket: hex("") });
  assertThrows(
    () => ticket.ticketCodec.encode(1 as never),
    TypeError,
    "A ticket must be",
  );
});

test("Ticket: decoded bytes are plain views, also on a Buffer", () => {
  const buffer = Buffer.from("0a03616263", "hex");
  const { ticket: bytes } = ticket.ticketCodec.decode(buffer);
  assertEquals(isPlain(bytes), true);
  assertEquals(bytes.buffer === buffer.buffer, true);
  assertEquals(bytes.byteOffset, buffer.byteOffset + 2);
  assertEquals(
    isPlain(ticket.ticketCodec.decode(Buffer.from("0a00", "hex")).ticket),
    true,
  );
  assertEquals(isPlain(ticket.ticketCodec.encode(Buffer.from("x"))), true);
});

test("Criteria: golden bytes", () => {
  assertEquals(criteria.criteriaCodec.encode({}), hex(""));
  assertEquals(
    criteria.criteriaCodec.encode({ expression: hex("07") }),
    hex("0a0107"),
  );
  assertEquals(criteria.criteriaCodec.decode(hex("")), {});
  assertEquals(criteria.criteriaCodec.decode(hex("0a00")), {});
  assertEquals(criteria.criteriaCodec.decode(hex("0a0107")), {
    expression: hex("07"),
  });
});

test("PutResult: golden bytes", () => {
  assertEquals(putResult.putResultCodec.encode({}), hex(""));
  assertEquals(
    putResult.putResultCodec.encode({ appMetadata: hex("") }),
    hex(""),
  );
  assertEquals(
    putResult.putResultCodec.encode({ appMetadata: hex("0102") }),
    hex("0a020102"),
  );
  assertEquals<unknown>(putResult.putResultCodec.decode(hex("")), {});
  assertEquals<unknown>(putResult.putResultCodec.decode(hex("0a00")), {});
  assertEquals<unknown>(putResult.putResultCodec.decode(hex("0a020102")), {
    appMetadata: hex("0102"),
  });
});

test("Action, ActionType, Result: golden bytes", () => {
  assertEquals(action.actionCodec.encode({ type: "do" }), hex("0a02646f"));
  assertEquals(
    action.actionCodec.encode({ type: "do", body: hex("01") }),
    hex("0a02646f 120101"),
  );
  assertEquals(action.actionCodec.decode(hex("0a02646f")), {
    type: "do",
    body: hex(""),
  });
  assertEquals(action.actionCodec.decode(hex("120101 0a02646f")), {
    type: "do",
    body: hex("01"),
  });
  assertEquals(
    action.actionTypeCodec.encode({ type: "do", description: "ä" }),
    hex("0a02646f 1202c3a4"),
  );
  assertEquals(action.actionTypeCodec.decode(hex("0a02646f 1202c3a4")), {
    type: "do",
    description: "ä",
  });
  assertEquals(action.resultCodec.encode({ body: hex("05") }), hex("0a0105"));
  assertEquals(action.resultCodec.encode({ body: hex("") }), hex(""));
  assertEquals({ ...action.resultCodec.decode(hex("0a0105")) }, {
    body: hex("05"),
  });
  assertEquals({ ...action.resultCodec.decode(hex("")) }, { body: hex("") });
});

test("HandshakeRequest, HandshakeResponse: golden bytes and the whole of uint64", () => {
  const codecs = [
    [
      handshake.handshakeRequestCodec.encode,
      handshake.handshakeRequestCodec.decode,
    ],
    [
      handshake.handshakeResponseCodec.encode,
      handshake.handshakeResponseCodec.decode,
    ],
  ] as const;
  for (const [encode, decode] of codecs) {
    assertEquals(encode({}), hex(""));
    assertEquals(decode(hex("")), { protocolVersion: 0n });
    assertEquals(
      encode({ protocolVersion: 300n, payload: hex("09") }),
      hex("08ac02 120109"),
    );
    const max = { protocolVersion: 2n ** 64n - 1n };
    assertEquals(encode(max), hex("08ffffffffffffffffff01"));
    assertEquals(decode(encode(max)), max);
    assertThrows(() => encode({ protocolVersion: -1n }), RangeError);
    assertThrows(() => encode({ protocolVersion: 2n ** 64n }), RangeError);
    assertThrows(() => encode({ protocolVersion: "1" as never }), TypeError);
  }
});

test("BasicAuth: golden bytes; its numbers start at 2", () => {
  const auth = { username: "u", password: "pä" };
  assertEquals(handshake.encodeBasicAuth(auth), hex("120175 1a0370c3a4"));
  assertEquals(handshake.decodeBasicAuth(hex("120175 1a0370c3a4")), auth);
  const error = assertThrows(
    () =>
      handshake.encodeBasicAuth({ username: "u", password: "\ud800secret" }),
    TypeError,
    "BasicAuth.password must be well-formed Unicode",
  );
  assertEquals(error.message.includes("secret"), false);
});

test("SchemaResult: golden bytes", () => {
  assertEquals(
    schemaResult.schemaResultCodec.encode({ schema: hex("ffff") }),
    hex("0a02ffff"),
  );
  assertEquals(schemaResult.schemaResultCodec.decode(hex("0a02ffff")), {
    schema: hex("ffff"),
  });
  assertEquals(schemaResult.schemaResultCodec.decode(hex("")), {
    schema: hex(""),
  });
});

test("Empty: no bytes, and unknown fields are skipped", () => {
  assertEquals(empty.emptyCodec.encode({}), hex(""));
  empty.emptyCodec.decode(hex(""));
  empty.emptyCodec.decode(hex(UNKNOWN_FIELDS));
  assertThrows(
    () => empty.closeSessionRequestCodec.decode(hex("07")),
    FlightError,
    "Cannot decode CloseSessionRequest: invalid",
  );
});

test("CancelFlightInfoRequest: the info is embedded", () => {
  const request = {
    info: { endpoints: [], ordered: true, totalRecords: 1n, totalBytes: 0n },
  };
  const bytes = cancel.cancelFlightInfoRequestCodec.encode(request);
  assertEquals(bytes, hex("0a04 2001 3001"));
  assertEquals(cancel.cancelFlightInfoRequestCodec.decode(bytes), request);
  assertEquals(cancel.cancelFlightInfoRequestCodec.decode(hex("")), {
    info: { endpoints: [], ordered: false, totalRecords: 0n, totalBytes: 0n },
  });
});

test("CancelFlightInfoResult: every status, and unknown ones", () => {
  for (
    const [i, status] of ([
      "UNSPECIFIED",
      "CANCELLED",
      "CANCELLING",
      "NOT_CANCELLABLE",
    ] as const)
      .entries()
  ) {
    const bytes = cancel.cancelFlightInfoResultCodec.encode({ status });
    assertEquals(bytes, hex(i === 0 ? "" : `080${i}`));
    assertEquals(cancel.cancelFlightInfoResultCodec.decode(bytes), { status });
  }
  assertEquals(cancel.cancelFlightInfoResultCodec.decode(hex("0809")), {
    status: "UNSPECIFIED",
  });
  for (const status of ["DONE", "toString", 1, undefined]) {
    assertThrows(
      () =>
        cancel.cancelFlightInfoResultCodec.encode({ status: status as never }),
      TypeError,
      "CancelFlightInfoResult.status must be one of UNSPECIFIED, CANCELLED",
    );
  }
});

test("RenewFlightEndpointRequest: the endpoint is embedded", () => {
  const request = {
    endpoint: { ticket: { ticket: hex("01") }, locations: [] },
  };
  const bytes = renew.renewFlightEndpointRequestCodec.encode(request);
  assertEquals(bytes, hex("0a05 0a03 0a0101"));
  assertEquals(renew.renewFlightEndpointRequestCodec.decode(bytes), request);
  assertEquals(renew.renewFlightEndpointRequestCodec.decode(hex("")), {
    endpoint: { ticket: { ticket: hex("") }, locations: [] },
  });
});

test("protocol messages: unknown fields of every wire type are kept", () => {
  const bytes = hex(`${UNKNOWN_FIELDS} 0a02646f ${UNKNOWN_FIELDS} 120101`);
  const decoded = action.actionCodec.decode(bytes);
  assertEquals([decoded.type, decoded.body], ["do", hex("01")]);
  const again = hex(`0a02646f 120101 ${UNKNOWN_FIELDS} ${UNKNOWN_FIELDS}`);
  assertEquals(action.actionCodec.encode(decoded), again);
  // A copy has them as well, and what is made anew has none.
  assertEquals(action.actionCodec.encode({ ...decoded }), again);
  assertEquals(
    action.actionCodec.encode({ ...decoded, type: "be" }),
    hex(`0a026265 120101 ${UNKNOWN_FIELDS} ${UNKNOWN_FIELDS}`),
  );
  const { type, body } = decoded;
  assertEquals(
    action.actionCodec.encode({ type, body }),
    hex("0a02646f 120101"),
  );
});

test("protocol messages: unknown fields are kept by everything that can be sent on", () => {
  const unknown = hex("fa3f020102");
  const kinds: [
    name: string,
    again: (bytes: Uint8Array) => Uint8Array,
    known: string,
  ][] = [
    [
      "Ticket",
      (b) => ticket.ticketCodec.encode(ticket.ticketCodec.decode(b)),
      "0a0101",
    ],
    [
      "Criteria",
      (b) => criteria.criteriaCodec.encode(criteria.criteriaCodec.decode(b)),
      "0a0101",
    ],
    [
      "PutResult",
      (b) =>
        putResult.putResultCodec.encode(putResult.putResultCodec.decode(b)),
      "0a0101",
    ],
    [
      "Result",
      (b) => action.resultCodec.encode(action.resultCodec.decode(b)),
      "0a0101",
    ],
    [
      "HandshakeRequest",
      (b) =>
        handshake.handshakeRequestCodec.encode(
          handshake.handshakeRequestCodec.decode(b),
        ),
      "0801 120101",
    ],
    [
      "HandshakeResponse",
      (b) =>
        handshake.handshakeResponseCodec.encode(
          handshake.handshakeResponseCodec.decode(b),
        ),
      "0801 120101",
    ],
    [
      "ActionType",
      (b) => action.actionTypeCodec.encode(action.actionTypeCodec.decode(b)),
      "0a0161 120162",
    ],
    [
      "CancelFlightInfoResult",
      (b) =>
        cancel.cancelFlightInfoResultCodec.encode(
          cancel.cancelFlightInfoResultCodec.decode(b),
        ),
      "0801",
    ],
    [
      "CancelFlightInfoRequest",
      (b) =>
        cancel.cancelFlightInfoRequestCodec.encode(
          cancel.cancelFlightInfoRequestCodec.decode(b),
        ),
      "0a00",
    ],
    [
      "RenewFlightEndpointRequest",
      (b) =>
        renew.renewFlightEndpointRequestCodec.encode(
          renew.renewFlightEndpointRequestCodec.decode(b),
        ),
      "0a02 0a00",
    ],
  ];
  for (const [name, again, known] of kinds) {
    const bytes = Uint8Array.of(...hex(known), ...unknown);
    assertEquals(again(bytes), bytes, name);
    const first = Uint8Array.of(...unknown, ...hex(known));
    assertEquals(again(first), bytes, name);
  }
});

test("protocol messages: unknown fields are counted", () => {
  const bytes = new Uint8Array(2 * 2 ** 20 + 2).fill(0x78);
  for (let i = 1; i < bytes.byteLength; i += 2) bytes[i] = 0;
  assertThrows(
    () => ticket.ticketCodec.decode(bytes),
    FlightError,
    "more than 1048576 elements",
  );
  const fewer = bytes.subarray(0, 2000);
  assertEquals(
    ticket.ticketCodec.encode(ticket.ticketCodec.decode(fewer)),
    fewer,
  );
});

test("protocol messages: large payloads are whole", () => {
  const body = new Uint8Array(1_000_000).map((_, i) => i);
  const bytes = action.resultCodec.encode({ body });
  assertEquals(bytes.byteLength, body.byteLength + 4);
  assertEquals(oracleDecode("arrow.flight.protocol.Result", bytes).body, [
    ...body,
  ]);
  assertEquals(action.resultCodec.decode(bytes).body.byteOffset, 4);
});

test("protocol messages: wrong types are TypeErrors that name the field", () => {
  const cases: [() => unknown, string][] = [
    [
      () => action.actionCodec.encode(undefined as never),
      "Action must be an object",
    ],
    [
      () => action.actionCodec.encode({} as never),
      "Action.type must be a string",
    ],
    [
      () => action.actionCodec.encode({ type: "x", body: 5 as never }),
      "Action.body must be a Uint8Array or a string, not number",
    ],
    [
      () => action.resultCodec.encode({ body: [1] as never }),
      "Result.body must be a Uint8Array or a string, not an array",
    ],
    [
      () => action.resultCodec.encode({ body: new ArrayBuffer(1) as never }),
      "Result.body must be a Uint8Array or a string, not ArrayBuffer",
    ],
    [
      () => action.actionTypeCodec.encode({ type: "x" } as never),
      "ActionType.description must be a string, not undefined",
    ],
    [
      () => criteria.criteriaCodec.encode({ expression: null as never }),
      "Criteria.expression must be a Uint8Array or a string, not null",
    ],
    [() => putResult.putResultCodec.encode("x" as never), "PutResult must be"],
    [
      () =>
        schemaResult.schemaResultCodec.encode({ schema: undefined as never }),
      "SchemaResult.schema must be a Uint8Array",
    ],
    [
      () => handshake.encodeBasicAuth({ username: 1 } as never),
      "BasicAuth.username must be a string, not number",
    ],
    [
      () => renew.renewFlightEndpointRequestCodec.encode({} as never),
      "RenewFlightEndpointRequest.endpoint must be an object, not undefined",
    ],
    [
      () => action.actionCodec.decode("x" as never),
      "Cannot decode Action: a Uint8Array is expected",
    ],
  ];
  for (const [call, message] of cases) assertThrows(call, TypeError, message);
});
