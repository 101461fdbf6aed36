import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { BlockReader } from "../../../internal/http2/hpack/block_reader.ts";
import { BlockWriter } from "../../../internal/http2/hpack/block_writer.ts";
import { HpackDecoder } from "../../../internal/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../../internal/http2/hpack/encoder.ts";
import { header, hex } from "./hpack_test_vectors.ts";

/** A block of RFC 7541, appendix C, and what it leaves behind. */
interface Step {
  readonly block: string;
  readonly headers: readonly string[];
  /** The dynamic table, newest entry first. */
  readonly table: readonly string[];
  readonly tableBytes: number;
}

const FIRST_REQUEST = [
  ":method: GET",
  ":scheme: http",
  ":path: /",
  ":authority: www.example.com",
];

const REQUESTS: readonly Omit<Step, "block">[] = [
  {
    headers: FIRST_REQUEST,
    table: [":authority: www.example.com"],
    tableBytes: 57,
  },
  {
    headers: [...FIRST_REQUEST, "cache-control: no-cache"],
    table: ["cache-control: no-cache", ":authority: www.example.com"],
    tableBytes: 110,
  },
  {
    headers: [
      ":method: GET",
      ":scheme: https",
      ":path: /index.html",
      ":authority: www.example.com",
      "custom-key: custom-value",
    ],
    table: [
      "custom-key: custom-value",
      "cache-control: no-cache",
      ":authority: www.example.com",
    ],
    tableBytes: 164,
  },
];

const COOKIE =
  "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1";

const RESPONSES: readonly Omit<Step, "block">[] = [
  {
    headers: [
      ":status: 302",
      "cache-control: private",
      "date: Mon, 21 Oct 2013 20:13:21 GMT",
      "location: https://www.example.com",
    ],
    table: [
      "location: https://www.example.com",
      "date: Mon, 21 Oct 2013 20:13:21 GMT",
      "cache-control: private",
      ":status: 302",
    ],
    tableBytes: 222,
  },
  {
    headers: [
      ":status: 307",
      "cache-control: private",
      "date: Mon, 21 Oct 2013 20:13:21 GMT",
      "location: https://www.example.com",
    ],
    table: [
      ":status: 307",
      "location: https://www.example.com",
      "date: Mon, 21 Oct 2013 20:13:21 GMT",
      "cache-control: private",
    ],
    tableBytes: 222,
  },
  {
    headers: [
      ":status: 200",
      "cache-control: private",
      "date: Mon, 21 Oct 2013 20:13:22 GMT",
      "location: https://www.example.com",
      "content-encoding: gzip",
      COOKIE,
    ],
    table: [
      COOKIE,
      "content-encoding: gzip",
      "date: Mon, 21 Oct 2013 20:13:22 GMT",
    ],
    tableBytes: 215,
  },
];

function steps(
  contents: readonly Omit<Step, "block">[],
  blocks: readonly string[],
): Step[] {
  return contents.map((content, i) => ({ ...content, block: blocks[i]! }));
}

const C4_BLOCKS = [
  "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
  "8286 84be 5886 a8eb 1064 9cbf",
  `8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf`,
];

function checkSteps(maxTableBytes: number, steps: readonly Step[]): void {
  const decoder = new HpackDecoder({ maxTableBytes, maxHeaderListBytes: 4096 });
  for (const { block, headers, table, tableBytes } of steps) {
    assertEquals(decoder.decode(hex(block)), headers.map(header));
    assertEquals(decoder.tableBytes, tableBytes);
    // Indexed headers show the table, and do not change it.
    const indexes = Uint8Array.from(table, (_, i) => 0x80 | (62 + i));
    assertEquals(decoder.decode(indexes), table.map(header));
  }
}

test("HPACK, RFC 7541: C.1: integers", () => {
  for (
    const [mask, value, bytes] of [
      [0x1f, 10, "0a"],
      [0x1f, 1337, "1f9a0a"],
      [0xff, 42, "2a"],
    ] as const
  ) {
    const writer = new BlockWriter();
    writer.writeInteger(0, mask, value);
    assertEquals(writer.take(), hex(bytes));
    const reader = new BlockReader();
    reader.open(hex(bytes));
    assertEquals(reader.readInteger(mask), value);
    assertEquals(reader.done, true);
  }
});

test("HPACK, RFC 7541: C.2: header field representations", () => {
  const literal = ["custom-key: custom-header"];
  checkSteps(4096, [{
    block: "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572",
    headers: literal,
    table: literal,
    tableBytes: 55,
  }]);
  checkSteps(4096, [{
    block: "040c 2f73 616d 706c 652f 7061 7468",
    headers: [":path: /sample/path"],
    table: [],
    tableBytes: 0,
  }]);
  checkSteps(4096, [{
    block: "1008 7061 7373 776f 7264 0673 6563 7265 74",
    headers: ["password: secret"],
    table: [],
    tableBytes: 0,
  }]);
  checkSteps(4096, [{
    block: "82",
    headers: [":method: GET"],
    table: [],
    tableBytes: 0,
  }]);
});

test("HPACK, RFC 7541: C.3: requests without Huffman coding", () => {
  checkSteps(
    4096,
    steps(REQUESTS, [
      "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
      "8286 84be 5808 6e6f 2d63 6163 6865",
      `8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75
       65`,
    ]),
  );
});

test("HPACK, RFC 7541: C.4: requests with Huffman coding", () => {
  checkSteps(4096, steps(REQUESTS, C4_BLOCKS));
});

test("HPACK, RFC 7541: C.4: the encoder writes the same blocks", () => {
  const encoder = new HpackEncoder();
  for (const { block, headers, tableBytes } of steps(REQUESTS, C4_BLOCKS)) {
    assertEquals(encoder.encode(headers.map(header)), hex(block));
    assertEquals(encoder.tableBytes, tableBytes);
  }
});

test("HPACK, RFC 7541: C.5: responses without Huffman coding", () => {
  checkSteps(
    256,
    steps(RESPONSES, [
      `4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420
       3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77
       7777 2e65 7861 6d70 6c65 2e63 6f6d`,
      "4803 3330 37c1 c0bf",
      `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32
       3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48 514b 425a
       584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33
       3630 303b 2076 6572 7369 6f6e 3d31`,
    ]),
  );
});

test("HPACK, RFC 7541: C.6: responses with Huffman coding", () => {
  checkSteps(
    256,
    steps(RESPONSES, [
      `4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81
       66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3`,
      "4883 640e ffc1 c0bf",
      `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a
       839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af 2708 7f36
       72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
    ]),
  );
});
