import { Buffer } from "node:buffer";
import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import { concatBytes } from "../../internal/base/bytes.ts";
import {
  commandDescriptor,
  type FlightDescriptor,
  pathDescriptor,
} from "../../internal/protocol/flight_descriptor.ts";
import { FlightError } from "../../internal/core/flight_error.ts";
import {
  decodeFlightData,
  encodeFlightData,
  findFlightDataBody,
  type FlightDataParts,
} from "../../internal/protocol/flight_data.ts";
import {
  hex,
  isPlain,
  oracleDecode,
  oracleEncode,
  randomIntegers,
} from "./oracle.ts";

const FLIGHT_DATA = "arrow.flight.protocol.FlightData";

function encode(data: FlightDataParts): Uint8Array {
  const { byteLength, chunks } = encodeFlightData(data);
  const bytes = concatBytes(chunks);
  assertEquals(bytes.byteLength, byteLength);
  return bytes;
}

/** Returns the start of the body, counted from gRPC's prefix, modulo 8. */
function misalignment(bytes: Uint8Array): number {
  return (5 + findFlightDataBody(bytes)!) % 8;
}

test("FlightData: encode: golden bytes without a body", () => {
  assertEquals(encode({}), hex(""));
  assertEquals(encode({ appMetadata: hex("07") }), hex("1a0107"));
  assertEquals(encode({ dataHeader: hex("0102") }), hex("12020102"));
  assertEquals(
    encode({
      descriptor: commandDescriptor("q"),
      dataHeader: hex("01"),
      appMetadata: hex("07"),
      body: [hex(""), hex("")],
      bodyLength: 0,
    }),
    hex("0a05 0802 120171 120101 1a0107"),
  );
});

test("FlightData: encode: golden bytes with a body, and padding", () => {
  // 5 of gRPC + 2 + 6 + 3: the header of 1 byte is padded to 6.
  assertEquals(
    encode({ dataHeader: hex("01"), body: [hex("aa"), hex("bbcc")] }),
    hex("1206 010000000000 c23e03 aabbcc"),
  );
  // No header: none is made up, and the body is not aligned.
  assertEquals(
    encode({ appMetadata: hex("07"), body: [hex("aa")] }),
    hex("1a0107 c23e01aa"),
  );
});

test("FlightData: encode: the parts of the body are handed on as they are", () => {
  const body = [new Uint8Array(10), new Uint8Array(0), new Uint8Array(20)];
  const { chunks } = encodeFlightData({ dataHeader: hex("01"), body });
  assertEquals(chunks.length, 4);
  for (const [i, part] of body.entries()) {
    assertEquals(chunks[i + 1] === part, true);
  }
  assertEquals(isPlain(chunks[0]!), true);
});

test("FlightData: encode: every length of header and metadata aligns the body", () => {
  let longest = 0;
  // Around the lengths at which varints grow.
  for (const around of [20, 128, 16_384, 2_097_152]) {
    for (let length = around - 20; length < around + 20; length++) {
      const dataHeader = new Uint8Array(length);
      for (let metadata = 0; metadata < (around > 200 ? 9 : 140); metadata++) {
        const { chunks: [prefix] } = encodeFlightData({
          dataHeader,
          appMetadata: new Uint8Array(metadata),
          body: [new Uint8Array(1)],
        });
        if (length === 0) continue;
        assertEquals((5 + prefix!.byteLength) % 8, 0);
        const padded = decodeFlightData(concatBytes([prefix!, hex("00")]))
          .dataHeader.byteLength;
        longest = Math.max(longest, padded - length);
      }
    }
  }
  assertEquals(longest, 14);
});

test("FlightData: encode and decode: random parts, against protobufjs", () => {
  const random = randomIntegers(1);
  const lengths = [0, 1, 2, 7, 8, 120, 126, 127, 128, 129, 200, 255, 1000];
  const randomBytes = (length: number) =>
    Uint8Array.from({ length }, () => random(256));
  const randomLength = () =>
    random(20) === 0
      ? 16_370 + random(30)
      : lengths[random(lengths.length)]! + random(3);
  for (let i = 0; i < 2000; i++) {
    const descriptor: FlightDescriptor | undefined = [
      undefined,
      undefined,
      { type: "UNKNOWN" } as const,
      pathDescriptor("a", "ü".repeat(random(100))),
      commandDescriptor(randomBytes(random(300))),
    ][random(5)];
    const dataHeader = random(4) ? randomBytes(randomLength()) : undefined;
    const appMetadata = random(2) ? randomBytes(randomLength()) : undefined;
    const body = random(4)
      ? Array.from({ length: random(4) }, () => randomBytes(randomLength()))
      : undefined;
    const whole = concatBytes(body ?? []);
    const bytes = encode({
      descriptor,
      dataHeader,
      appMetadata,
      body,
      ...random(2) ? { bodyLength: whole.byteLength } : {},
    });

    const decoded = decodeFlightData(bytes);
    assertEquals(decoded.descriptor, descriptor);
    assertEquals(
      decoded.appMetadata,
      appMetadata?.byteLength ? appMetadata : undefined,
    );
    assertEquals(decoded.dataBody, whole);
    const length = dataHeader?.byteLength ?? 0;
    const padding = decoded.dataHeader.subarray(length);
    assertEquals(decoded.dataHeader.subarray(0, length), dataHeader ?? hex(""));
    assertEquals(padding.every((byte) => byte === 0), true);
    assertEquals(padding.byteLength <= 14, true);
    if (whole.byteLength === 0 || length === 0) {
      assertEquals(padding.byteLength, 0);
    } else {
      assertEquals(misalignment(bytes), 0);
    }

    const oracle = oracleDecode(FLIGHT_DATA, bytes);
    assertEquals(oracle.dataBody ?? [], [...whole]);
    assertEquals(oracle.dataHeader ?? [], [...decoded.dataHeader]);
    assertEquals(oracle.appMetadata ?? [], [...decoded.appMetadata ?? []]);
    assertEquals("flightDescriptor" in oracle, descriptor !== undefined);
    // Without padding protobufjs writes the very same bytes.
    assertEquals(oracleEncode(FLIGHT_DATA, oracle), bytes);
  }
});

test("FlightData: encode: 2 GiB - 1 is the bound", () => {
  const chunk = new Uint8Array(2 ** 26);
  const body = Array<Uint8Array>(32).fill(chunk);
  const error = assertThrows(
    () => encodeFlightData({ dataHeader: hex("01"), body }),
    FlightError,
  );
  assertEquals(error.code, "RESOURCE_EXHAUSTED");
  assertEquals(
    error.details,
    "Cannot encode FlightData: 2147483659 bytes exceed the bound of 2147483647 bytes",
  );
  body[31] = chunk.subarray(0, 2 ** 26 - 12);
  const { byteLength, chunks } = encodeFlightData({
    dataHeader: hex("01"),
    body,
  });
  assertEquals(chunks[0]!.byteLength, 11);
  assertEquals(byteLength, 2 ** 31 - 1);
});

test("FlightData: encode: programming mistakes", () => {
  const cases: [FlightDataParts, string][] = [
    [
      { dataHeader: "x" as never },
      "FlightData.dataHeader must be a Uint8Array",
    ],
    [
      { appMetadata: [] as never },
      "FlightData.appMetadata must be a Uint8Array",
    ],
    [{ body: hex("01") as never }, "FlightData.body must be an array"],
    [{ body: [1 as never] }, "a part of FlightData.body must be a Uint8Array"],
    [{ descriptor: {} as never }, "A descriptor must be"],
  ];
  for (const [data, message] of cases) {
    assertThrows(() => encodeFlightData(data), TypeError, message);
  }
  assertThrows(
    () => encodeFlightData({ body: [hex("01")], bodyLength: 2 }),
    RangeError,
    "FlightData.bodyLength is 2, but its body has 1 bytes",
  );
});

test("FlightData: decode: nothing", () => {
  assertEquals(decodeFlightData(hex("")), {
    descriptor: undefined,
    dataHeader: hex(""),
    appMetadata: undefined,
    dataBody: hex(""),
  });
});

test("FlightData: decode: empty fields are absent fields", () => {
  assertEquals(
    decodeFlightData(hex("1200 1a00 c23e00")),
    decodeFlightData(hex("")),
  );
  assertEquals(decodeFlightData(hex("0a00")).descriptor, { type: "UNKNOWN" });
});

test("FlightData: decode: any order, unknown fields, the last one wins", () => {
  const decoded = decodeFlightData(hex(
    "c23e02aaaa 2001 1a0101 250a0b0c0d 120103 2b 2a0109 2c 1a0102" +
      "290102030405060708 0a050801 1a0161 c23e01bb 120104 0a050802 120162",
  ));
  assertEquals(decoded, {
    descriptor: commandDescriptor("b"),
    dataHeader: hex("04"),
    appMetadata: hex("02"),
    dataBody: hex("bb"),
  });
});

test("FlightData: decode: lengths and tags may be longer than needed", () => {
  const decoded = decodeFlightData(
    hex("928000 818080808080808080 00 07 c2be8000 8100 08"),
  );
  assertEquals(decoded.dataHeader, hex("07"));
  assertEquals(decoded.dataBody, hex("08"));
});

test("FlightData: decode: views, never copies, never Buffers", () => {
  const bytes = concatBytes([
    hex("ffffff"),
    encode({
      descriptor: commandDescriptor("q"),
      dataHeader: hex("01020304"),
      appMetadata: hex("0506"),
      body: [hex("0708")],
    }),
    hex("ff"),
  ]);
  for (
    const input of [
      bytes.subarray(3, -1),
      Buffer.from(bytes.buffer, 3, bytes.byteLength - 4),
    ]
  ) {
    const data = decodeFlightData(input);
    const { cmd } = data.descriptor as { cmd: Uint8Array };
    for (
      const part of [data.dataHeader, data.appMetadata!, data.dataBody, cmd]
    ) {
      assertEquals(isPlain(part), true);
      assertEquals(part.buffer === bytes.buffer, true);
    }
    assertEquals(data.dataBody, hex("0708"));
    const empty = decodeFlightData(Buffer.from("1200c23e00", "hex"));
    assertEquals(isPlain(empty.dataHeader), true);
    assertEquals(isPlain(empty.dataBody), true);
  }
});

test("FlightData: decode: groups nest to a bound, without recursion", () => {
  const nested = (depth: number) =>
    hex("2b".repeat(depth) + "2c".repeat(depth) + "1a0107");
  assertEquals(decodeFlightData(nested(100)).appMetadata, hex("07"));
  for (const depth of [101, 1000]) {
    assertThrows(
      () => decodeFlightData(nested(depth)),
      FlightError,
      "Cannot decode FlightData: nested deeper than 100 at byte 101",
    );
  }
  assertThrows(
    () => decodeFlightData(new Uint8Array(5_000_000).fill(0x2b)),
    FlightError,
    "nested deeper than 100",
  );
});

test("FlightData: findFlightDataBody: from as few bytes as there need be", () => {
  const bytes = encode({
    descriptor: commandDescriptor("q"),
    dataHeader: new Uint8Array(200).fill(1),
    body: [new Uint8Array(100_000)],
  });
  const offset = bytes.byteLength - 100_000;
  for (let length = 0; length < offset + 10; length++) {
    assertEquals(
      findFlightDataBody(bytes.subarray(0, length)),
      length < offset ? undefined : offset,
    );
  }
  assertEquals(findFlightDataBody(hex("1a0107")), undefined);
  assertEquals(findFlightDataBody(hex("07")), undefined);
});
