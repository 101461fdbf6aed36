/** The messages of FlightSql.proto: the .proto file, protobufjs' reflection, and what peers may send. */

import { readFileSync } from "node:fs";
import { test } from "node:test";
import { assert, assertEquals, assertThrows } from "@std/assert";
import protobuf from "protobufjs";
import { FlightError } from "../../internal/core/flight_error.ts";
import { any, packAny, unpackAny } from "../../internal/sql/messages/any.ts";
import { actionCancelQueryResult } from "../../internal/sql/messages/cancel_query.ts";
import { commandStatementIngest } from "../../internal/sql/messages/ingest.ts";
import {
  commandGetCatalogs,
  commandGetSqlInfo,
  commandGetTables,
  commandGetXdbcTypeInfo,
} from "../../internal/sql/messages/metadata_commands.ts";
import { actionCreatePreparedStatementResult } from "../../internal/sql/messages/prepared_statement_actions.ts";
import { doPutUpdateResult } from "../../internal/sql/messages/put_results.ts";
import {
  commandStatementQuery,
  commandStatementSubstraitPlan,
} from "../../internal/sql/messages/statement_commands.ts";
import { actionEndTransactionRequest } from "../../internal/sql/messages/transaction_actions.ts";
import { assertEntry } from "../message/assert_entry.ts";
import { ANY } from "../wire/malformed_messages.ts";
import { hex, isPlain, messageNames, randomIntegers } from "../wire/oracle.ts";
import { SAMPLES } from "./all_messages.ts";

const root = protobuf.parse(
  readFileSync(
    new URL("../../proto/flight_sql.proto", import.meta.url),
    "utf8",
  ),
  new protobuf.Root(),
).root;
root.resolveAll();

/** Fields that no message has: a varint, eight bytes, bytes, a group, four bytes. */
const UNKNOWN =
  "f83e01 f93e0102030405060708 fa3e020102 fb3e0801fc3e fd3e01020304";

/** Converts a value for reflection: enums with their prefixes, 64-bit integers as text. */
function forReflection(value: unknown, type: protobuf.Type): unknown {
  return Object.fromEntries(
    Object.entries(value as Record<string, unknown>).map(([key, value]) => {
      const field = type.fields[key]!;
      if (field.resolvedType instanceof protobuf.Enum) {
        const name = Object.keys(field.resolvedType.values)
          .find((name) => name.endsWith(`_${value}`));
        return [key, field.resolvedType.values[name!]];
      }
      if (field.resolvedType instanceof protobuf.Type) {
        return [key, forReflection(value, field.resolvedType)];
      }
      if (typeof value === "bigint") return [key, String(value)];
      return [key, value instanceof Map ? mapObject(value) : value];
    }),
  );
}

/** An object with the entries of a map, `__proto__` among them. */
function mapObject(map: ReadonlyMap<string, unknown>): unknown {
  const object = Object.create(null);
  for (const [key, value] of map) object[key] = value;
  return object;
}

test("Flight SQL messages: each entry is that of the .proto file, and none is missing", () => {
  for (const { message } of SAMPLES) assertEntry(root, message);
  assertEquals(
    SAMPLES.map(({ message }) => message.name).sort(),
    messageNames(root).sort(),
  );
});

test("Flight SQL messages: decoding gives back each value", () => {
  for (const { message, values } of SAMPLES) {
    for (const value of values) {
      const bytes = message.encode(value);
      assert(isPlain(bytes));
      assertEquals(bytes.byteLength, bytes.buffer.byteLength);
      assertEquals(message.decode(bytes), value, message.name);
    }
  }
});

test("Flight SQL messages: the bytes are those that protobufjs writes", () => {
  for (const { message, values } of SAMPLES) {
    const type = root.lookupType(message.name);
    for (const value of values) {
      const { options, ...others } = value as { options?: Map<string, string> };
      const object = forReflection(others, type) as Record<string, unknown>;
      if (options !== undefined) object.options = mapObject(options);
      // Not fromObject(), which refuses a key __proto__.
      const bytes = type.encode(
        options === undefined
          ? type.fromObject(object)
          : Object.assign(type.fromObject({ ...object, options: {} }), {
            options: object.options,
          }),
      ).finish();
      assertEquals(
        message.encode(value),
        withoutDefaults(type, new Uint8Array(bytes)),
        message.name,
      );
    }
  }
});

/** protobufjs writes fields that were set, even to their defaults; proto3 does not. */
function withoutDefaults(type: protobuf.Type, bytes: Uint8Array): Uint8Array {
  const decoded = type.decode(bytes) as unknown as Record<string, unknown>;
  for (const field of type.fieldsArray) {
    if (field.partOf !== null || field.resolvedType instanceof protobuf.Type) {
      continue;
    }
    const value = decoded[field.name] as { length?: number } | number | boolean;
    if (
      !Number(value) && !field.map && !field.repeated &&
      !(value as { length?: number }).length
    ) delete decoded[field.name];
  }
  for (const field of type.fieldsArray) {
    if (!(field.resolvedType instanceof protobuf.Type)) continue;
    if (!Object.hasOwn(decoded, field.name)) continue;
    const nested = field.resolvedType;
    const inner = nested.encode(decoded[field.name] as protobuf.Message)
      .finish();
    decoded[field.name] = nested.decode(
      withoutDefaults(nested, new Uint8Array(inner)),
    );
  }
  return new Uint8Array(type.encode(decoded).finish());
}

test("Flight SQL messages: unknown fields are sent on, also by a copy", () => {
  for (const { message, values } of SAMPLES) {
    for (const value of values) {
      const bytes = Uint8Array.of(...message.encode(value), ...hex(UNKNOWN));
      const decoded = message.decode(bytes);
      assertEquals(message.encode(decoded), bytes, message.name);
      assertEquals(message.encode({ ...decoded as object }), bytes);
      assertEquals(Object.keys(decoded as object), Object.keys(value));
    }
  }
});

test("Flight SQL messages: unknown fields of messages in messages are sent on", () => {
  const inner = `0a0101 120131 ${UNKNOWN}`;
  const length = hex(inner).byteLength.toString(16);
  const bytes = hex(`0a${length} ${inner} 120107`);
  assertEquals(
    commandStatementSubstraitPlan.encode(
      commandStatementSubstraitPlan.decode(bytes),
    ),
    bytes,
  );
});

test("Flight SQL messages: malformed bytes are INVALID_ARGUMENT", () => {
  for (const { message } of SAMPLES) {
    for (const [bytes, details] of ANY) {
      const error = assertThrows(
        () => message.decode(hex(bytes)),
        FlightError,
        details,
        `${message.name} ${bytes}`,
      );
      assertEquals(error.code, "INVALID_ARGUMENT");
      const name = message.name.split(".").at(-1);
      assert(error.details.startsWith(`Cannot decode ${name}: `));
    }
  }
  assertThrows(
    () => commandStatementQuery.decode("" as never),
    TypeError,
    "Cannot decode CommandStatementQuery: a Uint8Array is expected",
  );
});

test("Flight SQL messages: truncated and damaged bytes are decoded or refused", () => {
  const random = randomIntegers(11);
  for (const { message, values } of SAMPLES) {
    for (const value of values) {
      const bytes = message.encode(value).subarray(0, 500);
      for (let i = 0; i < 60 && bytes.length > 0; i++) {
        const damaged = bytes.slice(0, 1 + random(bytes.length));
        if (i % 2) damaged[random(damaged.length)] = random(256);
        try {
          message.encode(message.decode(damaged));
        } catch (error) {
          assert(error instanceof FlightError, String(error));
          assertEquals(error.code, "INVALID_ARGUMENT");
        }
      }
    }
  }
});

test("Flight SQL messages: unknown numbers of enums are UNSPECIFIED, and sent on", () => {
  const end = actionEndTransactionRequest.decode(hex("0a0101 1007"));
  assertEquals(end, {
    transactionId: Uint8Array.of(1),
    action: "UNSPECIFIED",
  });
  assertEquals(actionEndTransactionRequest.encode(end), hex("0a0101 1007"));
  assertEquals(
    actionEndTransactionRequest.encode({ ...end, action: "COMMIT" }),
    hex("0a0101 1001"),
  );
  const negative = hex("08 ffffffffffffffffff01");
  const result = actionCancelQueryResult.decode(negative);
  assertEquals(result, { result: "UNSPECIFIED" });
  assertEquals(actionCancelQueryResult.encode(result), negative);
  const ingest = hex("0a04 0805 1009 120174");
  const decoded = commandStatementIngest.decode(ingest);
  assertEquals(decoded.tableDefinitionOptions, {
    ifNotExist: "UNSPECIFIED",
    ifExists: "UNSPECIFIED",
  });
  assertEquals(commandStatementIngest.encode(decoded), ingest);
});

test("Flight SQL messages: numbers are packed, and read either way", () => {
  assertEquals(
    commandGetSqlInfo.encode({ info: [0, 300] }),
    hex("0a03 00 ac02"),
  );
  assertEquals(
    commandGetSqlInfo.decode(hex("0800 0a03 01ac02 0805 0a00")),
    { info: [0, 1, 300, 5] },
  );
});

test("Flight SQL messages: absent and empty are different where the protocol says so", () => {
  assertEquals(Object.keys(commandGetTables.decode(hex(""))), [
    "tableTypes",
    "includeSchema",
  ]);
  assertEquals(commandGetTables.decode(hex("0a00 1200")), {
    catalog: "",
    dbSchemaFilterPattern: "",
    tableTypes: [],
    includeSchema: false,
  });
  assertEquals(commandGetXdbcTypeInfo.decode(hex("0800")), { dataType: 0 });
  // Empty schemas would be refused by peers: they are not sent.
  const empty = new Uint8Array(0);
  assertEquals(
    actionCreatePreparedStatementResult.encode({
      preparedStatementHandle: empty,
      datasetSchema: empty,
      parameterSchema: empty,
    }),
    hex(""),
  );
});

test("Flight SQL messages: wrong values name the field", () => {
  const cases: [() => unknown, string][] = [
    [
      () => commandStatementQuery.encode({} as never),
      "CommandStatementQuery.query must be a string, not undefined",
    ],
    [
      () => commandStatementQuery.encode(null as never),
      "CommandStatementQuery must be an object, not null",
    ],
    [
      () => commandGetSqlInfo.encode({ info: [1, "2" as never] }),
      "CommandGetSqlInfo.info[1] must be an integer, not string",
    ],
    [
      () =>
        commandStatementSubstraitPlan.encode({
          plan: { plan: Uint8Array.of(), version: 1 as never },
        }),
      "CommandStatementSubstraitPlan.plan.version must be a string, not number",
    ],
    [
      () =>
        commandStatementIngest.encode({
          table: "t",
          temporary: false,
          options: new Map([["a", 1 as never]]),
        }),
      'CommandStatementIngest.options.get("a") must be a string, not number',
    ],
    [
      () =>
        actionEndTransactionRequest.encode({
          transactionId: Uint8Array.of(),
          action: "END" as never,
        }),
      "ActionEndTransactionRequest.action must be one of UNSPECIFIED, COMMIT, ROLLBACK",
    ],
    [
      () => commandStatementQuery.encode({ query: "\ud800" }),
      "CommandStatementQuery.query must be well-formed Unicode",
    ],
  ];
  for (const [call, message] of cases) assertThrows(call, TypeError, message);
  assertThrows(
    () => commandGetSqlInfo.encode({ info: [-1] }),
    RangeError,
    "CommandGetSqlInfo.info[0] must be between 0 and 4294967295",
  );
  assertThrows(
    () => doPutUpdateResult.encode({ recordCount: 2n ** 63n }),
    RangeError,
    "DoPutUpdateResult.recordCount must be between",
  );
});

test("Any: golden bytes, and the name after the last slash", () => {
  const packed = packAny(commandGetCatalogs, {});
  const url =
    "type.googleapis.com/arrow.flight.protocol.sql.CommandGetCatalogs";
  assertEquals(any.decode(packed), { typeUrl: url, value: hex("") });
  assertEquals(packed, any.encode({ typeUrl: url, value: hex("") }));
  assertEquals(packed.subarray(0, 2), Uint8Array.of(0x0a, url.length));
  assertEquals(unpackAny(packed), {
    typeUrl: url,
    name: "arrow.flight.protocol.sql.CommandGetCatalogs",
    value: hex(""),
  });
  for (
    const [typeUrl, name] of [["a/b/c.D", "c.D"], ["/D", "D"], ["D", "D"]]
  ) {
    const bytes = any.encode({ typeUrl: typeUrl!, value: hex("07") });
    assertEquals(unpackAny(bytes), {
      typeUrl: typeUrl!,
      name: name!,
      value: hex("07"),
    });
  }
});

test("Any: what is none", () => {
  const bytes = [
    hex(""),
    hex("120107"),
    any.encode({ typeUrl: "type.googleapis.com/", value: hex("") }),
    new TextEncoder().encode("SELECT 1"),
    hex("0a05"),
    ...ANY.map(([bytes]) => hex(bytes)),
  ];
  for (const text of bytes) assertEquals(unpackAny(text), undefined);
  assertThrows(() => unpackAny("x" as never), TypeError);
});

test("Any: every message comes out as it went in", () => {
  for (const { message, values } of SAMPLES) {
    for (const value of values) {
      const packed = packAny(message, value);
      const unpacked = unpackAny(packed)!;
      assertEquals(unpacked.name, message.name);
      if (unpacked.value.byteLength > 0) {
        assert(unpacked.value.buffer === packed.buffer);
      }
      assertEquals(message.decode(unpacked.value), value);
    }
  }
});
