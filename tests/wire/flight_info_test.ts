import { test } from "node:test";
import { assertEquals, assertThrows } from "@std/assert";
import {
  commandDescriptor,
  pathDescriptor,
} from "../../internal/protocol/flight_descriptor.ts";
import type { FlightInfo } from "../../internal/protocol/flight_info.ts";
import {
  dateFromEpochNanoseconds,
  epochNanoseconds,
} from "../../internal/base/exact_time.ts";
import { REUSE_CONNECTION } from "../../internal/protocol/location.ts";
import { flightDescriptorCodec } from "../../internal/protocol/flight_descriptor.ts";
import { flightEndpointCodec } from "../../internal/protocol/flight_endpoint.ts";
import { flightInfoCodec } from "../../internal/protocol/flight_info.ts";
import { hex, oracleDecode, oracleEncode } from "./oracle.ts";

const FULL: FlightInfo = {
  schemaBytes: hex("ffffffff"),
  descriptor: pathDescriptor("a", "", "ü"),
  endpoints: [
    {
      ticket: { ticket: hex("0102") },
      locations: [REUSE_CONNECTION, { uri: "grpc+tcp://host:1" }],
      expirationTime: new Date("2024-01-02T03:04:05.678Z"),
      appMetadata: hex("03"),
    },
    { ticket: { ticket: hex("") }, locations: [] },
  ],
  totalRecords: 2n ** 63n - 1n,
  totalBytes: 5n,
  ordered: true,
  appMetadata: hex("04"),
};

test("FlightDescriptor: golden bytes", () => {
  const golden = [
    [pathDescriptor("a", "bc"), "0801 1a0161 1a026263"],
    [pathDescriptor("a", ""), "0801 1a0161 1a00"],
    [pathDescriptor(), "0801"],
    [commandDescriptor("q"), "0802 120171"],
    [commandDescriptor(""), "0802"],
    [{ type: "UNKNOWN" }, ""],
  ] as const;
  for (const [descriptor, bytes] of golden) {
    assertEquals(flightDescriptorCodec.encode(descriptor), hex(bytes));
    const decoded = flightDescriptorCodec.decode(hex(bytes));
    assertEquals(decoded, descriptor);
  }
});

test("FlightDescriptor: other types are UNKNOWN, and sent on as they came", () => {
  for (
    const bytes of [
      "0803",
      "120171",
      "1a0161",
      "08ffffffffffffffffff01",
      "220101 0807 120171 1a0161",
    ]
  ) {
    const decoded = flightDescriptorCodec.decode(hex(bytes));
    assertEquals([decoded.type, Object.keys(decoded)], ["UNKNOWN", ["type"]]);
    assertEquals(flightDescriptorCodec.encode(decoded), hex(bytes));
  }
  // Fields that do not belong to the type are hidden, but kept.
  for (const bytes of ["0801 1a0161 120171", "0802 120171 1a0161 1a0162"]) {
    const decoded = flightDescriptorCodec.decode(hex(bytes));
    assertEquals(flightDescriptorCodec.encode(decoded), hex(bytes));
  }
});

test("FlightDescriptor: what is not one is a TypeError", () => {
  for (const value of [undefined, {}, { type: "CMD" }, { type: "PATH" }]) {
    assertThrows(() => flightDescriptorCodec.encode(value as never), TypeError);
  }
  assertThrows(
    () => flightDescriptorCodec.encode(pathDescriptor("a", "\udc00")),
    TypeError,
    "FlightDescriptor.path[1] must be well-formed Unicode",
  );
});

test("FlightEndpoint: golden bytes", () => {
  assertEquals(
    flightEndpointCodec.encode({
      ticket: "t",
      locations: ["grpc://h:1", { uri: "x" }],
      expirationTime: new Date(1500),
      appMetadata: hex("09"),
    }),
    hex(
      "0a030a0174 120c0a0a677270633a2f2f683a31 12030a0178" +
        "1a08 0801 1080cab5ee01 220109",
    ),
  );
  assertEquals(flightEndpointCodec.encode({ ticket: "" }), hex("0a00"));
  assertEquals(flightEndpointCodec.decode(hex("")), {
    ticket: { ticket: hex("") },
    locations: [],
  });
});

test("expiration times: the whole range, before 1970 too", () => {
  for (
    const [text, timestamp] of [
      ["1970-01-01T00:00:00.000Z", ""],
      ["1969-12-31T23:59:59.999Z", "08ffffffffffffffffff01 10c08faedc03"],
      ["0001-01-01T00:00:00.000Z", "08 8092b8c398feffffff01"],
      ["9999-12-31T23:59:59.999Z", "08 ff82d1ffaf07 10c08faedc03"],
    ] as const
  ) {
    const expirationTime = new Date(text);
    const embedded = hex(timestamp);
    const bytes = flightEndpointCodec.encode({ ticket: "", expirationTime });
    assertEquals(
      bytes,
      Uint8Array.of(0x0a, 0, 0x1a, embedded.length, ...embedded),
      text,
    );
    assertEquals(
      flightEndpointCodec.decode(bytes).expirationTime,
      expirationTime,
    );
  }
});

test("expiration times: nanoseconds are cut to milliseconds", () => {
  const bytes = hex("1a07 0801 10ffffc801");
  assertEquals(
    flightEndpointCodec.decode(
      oracleEncode("arrow.flight.protocol.FlightEndpoint", {
        expirationTime: { seconds: "-1", nanos: 1_999_999 },
      }),
    ).expirationTime?.getTime(),
    -999,
  );
  assertEquals(
    flightEndpointCodec.decode(bytes).expirationTime?.getTime(),
    1003,
  );
});

test("expiration times: what was received is sent back in all its nanoseconds", () => {
  const endpoint = (nanos: number) =>
    flightEndpointCodec.decode(
      oracleEncode("arrow.flight.protocol.FlightEndpoint", {
        ticket: { ticket: hex("01") },
        expirationTime: { seconds: "-5", nanos },
      }),
    );
  const sentBack = (again: Parameters<typeof flightEndpointCodec.encode>[0]) =>
    oracleDecode(
      "arrow.flight.protocol.FlightEndpoint",
      flightEndpointCodec.encode(again),
    ).expirationTime;
  for (const nanos of [0, 1, 999_999, 1_000_000, 123_456_789, 999_999_999]) {
    const received = endpoint(nanos);
    const expected = nanos > 0 ? { seconds: "-5", nanos } : { seconds: "-5" };
    assertEquals(sentBack(received), expected);
    assertEquals(sentBack({ ...received, locations: [] }), expected);
  }
  const { ticket, expirationTime } = endpoint(123_456_789);
  expirationTime!.setTime(1000);
  assertEquals(sentBack({ ticket, expirationTime }), { seconds: "1" });
});

test("expiration times: any that a peer sends, though no Date can say it", () => {
  const last = 8_640_000_000_000_000;
  const cases: [seconds: bigint, nanos: number, ms: number][] = [
    [253402300800n, 0, 253402300800000],
    [-62135596801n, 5, -62135596801000],
    [8_640_000_000_000n, 0, last],
    [8_640_000_000_000n, 1, last],
    [-8_640_000_000_001n, 999_999_999, -last],
    [2n ** 63n - 1n, 999_999_999, last],
    [-(2n ** 63n), 0, -last],
    // As C++ counts before 1970.
    [-1n, -500_000_001, -1501],
    [0n, -1, -1],
    [1n, 1_000_000_000, 2000],
  ];
  for (const [seconds, nanos, ms] of cases) {
    const timestamp = {
      ...(seconds === 0n ? {} : { seconds: String(seconds) }),
      ...(nanos === 0 ? {} : { nanos }),
    };
    const received = flightInfoCodec.decode(
      oracleEncode("arrow.flight.protocol.FlightInfo", {
        endpoint: [{ ticket: {}, expirationTime: timestamp }],
      }),
    );
    const { expirationTime } = received.endpoints[0]!;
    assertEquals(expirationTime?.getTime(), ms, `${seconds} ${nanos}`);
    assertEquals(
      epochNanoseconds(expirationTime!),
      seconds * 1_000_000_000n + BigInt(nanos),
    );
    const again = oracleDecode(
      "arrow.flight.protocol.FlightInfo",
      flightInfoCodec.encode(received),
    ) as { endpoint: [{ expirationTime: unknown }] };
    assertEquals(again.endpoint[0].expirationTime, timestamp);
  }
});

test("expiration times: what a service gives has its nanoseconds", () => {
  for (
    const nanoseconds of [
      0n,
      1n,
      -1n,
      1_700_000_000_123_456_789n,
      2n ** 63n * 1_000_000_000n - 1n,
    ]
  ) {
    const expirationTime = dateFromEpochNanoseconds(nanoseconds);
    const { expirationTime: received } = flightEndpointCodec.decode(
      flightEndpointCodec.encode({ ticket: "", expirationTime }),
    );
    assertEquals(epochNanoseconds(received!), nanoseconds);
  }
  assertThrows(
    () => dateFromEpochNanoseconds(2n ** 63n * 1_000_000_000n),
    RangeError,
    "beyond all times",
  );
  assertEquals(epochNanoseconds(new Date(-1)), -1_000_000n);
  const changed = dateFromEpochNanoseconds(5n);
  changed.setTime(7);
  assertEquals(epochNanoseconds(changed), 7_000_000n);
});

test("expiration times: what is no time, or none that protobuf has", () => {
  const encode = (expirationTime: Date) =>
    flightEndpointCodec.encode({ ticket: "", expirationTime });
  const field = "FlightEndpoint.expirationTime must be";
  assertThrows(() => encode(new Date(NaN)), TypeError, field);
  assertThrows(() => encode(5 as never), TypeError, field);
  assertThrows(() => encode(new Date(253402300800000)), RangeError, field);
  assertThrows(() => encode(new Date(-62135596800001)), RangeError, field);
});

test("FlightInfo: unknown fields are kept at every depth", () => {
  const unknown = "fa3f020102 f83f05";
  const message = (tag: string, bytes: string) => {
    const { byteLength } = hex(bytes);
    return `${tag}${byteLength.toString(16).padStart(2, "0")} ${bytes} `;
  };
  const endpoint = message("0a", `0a0101 ${unknown}`) +
    message("12", `0a0175 ${unknown}`) + `220107 ${unknown}`;
  const bytes = hex(
    message("12", `0802 120171 ${unknown}`) + message("1a", endpoint) +
      `2005 2806 3001 ${unknown}`,
  );
  const info = flightInfoCodec.decode(bytes);
  assertEquals(flightInfoCodec.encode(info), bytes);
  const { endpoints, ...others } = info;
  assertEquals(
    flightInfoCodec.encode({
      ...others,
      endpoints: endpoints.map((endpoint) => ({ ...endpoint })),
    }),
    bytes,
  );
  assertEquals(
    flightEndpointCodec.encode(flightEndpointCodec.decode(hex(endpoint))),
    hex(endpoint),
  );
});

test("FlightInfo: round trip", () => {
  assertEquals(flightInfoCodec.decode(flightInfoCodec.encode(FULL)), FULL);
});

test("FlightInfo: protobufjs reads what is written", () => {
  assertEquals(
    oracleDecode(
      "arrow.flight.protocol.FlightInfo",
      flightInfoCodec.encode(FULL),
    ),
    {
      schema: [255, 255, 255, 255],
      flightDescriptor: { type: 1, path: ["a", "", "ü"] },
      endpoint: [
        {
          ticket: { ticket: [1, 2] },
          location: [
            { uri: "arrow-flight-reuse-connection://?" },
            { uri: "grpc+tcp://host:1" },
          ],
          expirationTime: { seconds: "1704164645", nanos: 678000000 },
          appMetadata: [3],
        },
        { ticket: {} },
      ],
      totalRecords: "9223372036854775807",
      totalBytes: "5",
      ordered: true,
      appMetadata: [4],
    },
  );
});

test("FlightInfo: unknown totals are -1 on the wire, 0 is 0", () => {
  assertEquals(
    flightInfoCodec.encode({}),
    hex("20ffffffffffffffffff01 28ffffffffffffffffff01"),
  );
  assertEquals(flightInfoCodec.decode(flightInfoCodec.encode({})), {
    endpoints: [],
    ordered: false,
  });
  assertEquals(
    flightInfoCodec.encode({ totalRecords: 0, totalBytes: 0n }),
    hex(""),
  );
  assertEquals(flightInfoCodec.decode(hex("")), {
    endpoints: [],
    totalRecords: 0n,
    totalBytes: 0n,
    ordered: false,
  });
  assertEquals(
    flightInfoCodec.encode({ totalRecords: -1 }),
    flightInfoCodec.encode({}),
  );
  assertEquals(
    flightInfoCodec.decode(hex("2080808080808080808001")).totalRecords,
    undefined,
  );
});

test("FlightInfo: numbers are accepted as totals", () => {
  const info = flightInfoCodec.encode({
    totalRecords: 2 ** 40,
    totalBytes: 128,
  });
  assertEquals(info, hex("2080808080 8020 288001"));
  for (const total of [1.5, NaN, 2 ** 53, "1", null]) {
    assertThrows(
      () => flightInfoCodec.encode({ totalRecords: total as never }),
      TypeError,
      "FlightInfo.totalRecords must be",
    );
  }
  for (const total of [-2, 2n ** 63n]) {
    assertThrows(
      () => flightInfoCodec.encode({ totalBytes: total }),
      RangeError,
      "FlightInfo.totalBytes must be between -1 and 9223372036854775807",
    );
  }
});

test("FlightInfo: wrong types are TypeErrors that name the field", () => {
  const cases = [
    [undefined, "FlightInfo must be an object, not undefined"],
    [
      { schemaBytes: {} },
      "FlightInfo.schemaBytes must be a Uint8Array, not Object",
    ],
    [{ ordered: 1 }, "FlightInfo.ordered must be a boolean, not number"],
    [{ endpoints: {} }, "FlightInfo.endpoints must be an array"],
    [
      { endpoints: [1] },
      "FlightInfo.endpoints[0] must be an object, not number",
    ],
    [{ endpoints: [{}] }, "A ticket must be"],
    [
      { endpoints: [{ ticket: "", locations: [3] }] },
      "FlightInfo.endpoints[0].locations[0] must be an object, not number",
    ],
    [
      { endpoints: [{ ticket: "", locations: ["", {}] }] },
      "FlightInfo.endpoints[0].locations[1].uri must be a string",
    ],
    [{ descriptor: {} }, "A descriptor must be"],
    [{ appMetadata: 5 }, "FlightInfo.appMetadata must be a Uint8Array"],
  ] as const;
  for (const [info, message] of cases) {
    assertThrows(
      () => flightInfoCodec.encode(info as never),
      TypeError,
      message,
    );
  }
});
