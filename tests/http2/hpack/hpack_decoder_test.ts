import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { HpackDecoder } from "../../../internal/http2/hpack/decoder.ts";
import { HpackError } from "../../../internal/http2/hpack/hpack_error.ts";
import { concat, hex } from "./hpack_test_vectors.ts";

/** `a: b`, literal with incremental indexing; its size is 34. */
const A_B = hex("40 0161 0162");
/** `c: d`, likewise. */
const C_D = hex("40 0163 0164");

function newDecoder(maxTableBytes?: number): HpackDecoder {
  return new HpackDecoder({
    ...(maxTableBytes !== undefined && { maxTableBytes }),
    maxHeaderListBytes: 16384,
  });
}

/** Bytes of an integer whose prefix of the first byte is full. */
function continuation(value: number): number[] {
  return value < 128
    ? [value]
    : [(value % 128) | 128, ...continuation(Math.floor(value / 128))];
}

function sizeUpdate(bytes: number): Uint8Array {
  return Uint8Array.from(
    bytes < 31 ? [0x20 | bytes] : [0x3f, ...continuation(bytes - 31)],
  );
}

/** A string literal of `length` letters, not in Huffman code. */
function letters(length: number): Uint8Array {
  return concat(
    Uint8Array.from(
      length < 127 ? [length] : [127, ...continuation(length - 127)],
    ),
    new Uint8Array(length).fill(0x78),
  );
}

function assertMalformed(
  blocks: string | readonly (string | Uint8Array)[],
  message: string,
  decoder: HpackDecoder = newDecoder(),
): void {
  const all = (typeof blocks === "string" ? [blocks] : blocks)
    .map((block) => typeof block === "string" ? hex(block) : block);
  for (const block of all.slice(0, -1)) decoder.decode(block);
  assertThrows(() => decoder.decode(all.at(-1)!), HpackError, message);
  // The connection is lost: so is every later block.
  assertThrows(() => decoder.decode(hex("82")), HpackError, message);
}

test("HpackDecoder: an empty block is an empty list", () => {
  assertEquals(newDecoder().decode(hex("")), []);
});

test("HpackDecoder: octets are characters, all of them", () => {
  const octets = Uint8Array.from({ length: 256 }, (_, i) => i);
  const long = concat(hex("00 01ff 7f 8101"), octets);
  const [header] = newDecoder().decode(long)!;
  assertEquals(header, ["\u00ff", String.fromCharCode(...octets)]);
  const short = concat(hex("00 00 0a"), octets.subarray(0x7b, 0x85));
  assertEquals(
    newDecoder().decode(short),
    [["", "{|}~\u007f\u0080\u0081\u0082\u0083\u0084"]],
  );
  // A byte order mark is nothing special.
  assertEquals(
    newDecoder().decode(hex("00 00 03 efbbbf")),
    [["", "\u00ef\u00bb\u00bf"]],
  );
});

test("HpackDecoder: long octet strings that are not ASCII are decoded in parts", () => {
  const value = new Uint8Array(10_000).fill(0xe9);
  const block = concat(hex("00 00 7f"), Uint8Array.from(continuation(9873)));
  const [header] = newDecoder().decode(concat(block, value))!;
  assertEquals(header![1], "\u00e9".repeat(10_000));
});

test("HpackDecoder: an index without a header is an error", () => {
  assertMalformed("80", "index 0");
  assertMalformed("be", "index 62");
  assertMalformed("ffffffffff0e", "index 4026531966");
  assertMalformed([A_B, "bf"], "index 63");
  // As a name.
  assertMalformed("7f00 0161", "index 63");
  assertMalformed("0f2f 0161", "index 62");
  assertMalformed("1f2f 0161", "index 62");
});

test("HpackDecoder: an integer that is too large or too long is an error", () => {
  const problem = "integer is too large";
  assertMalformed("ff ffffffff7f", problem);
  assertMalformed("ff ffffffffff00", problem);
  assertMalformed("ff 808080808000", problem);
  assertMalformed("3f e1ffffff1f", problem);
  assertMalformed("00 7f ffffffff7f", problem);
  assertMalformed("00 00 ff ffffffff7f", problem);
  const endless = new Uint8Array(100_000).fill(0xff);
  assertMalformed([endless], problem);
});

test("HpackDecoder: an integer may have needless zeros", () => {
  assertEquals(newDecoder().decode(hex("3f 8080808000")), []);
  const block = concat(hex("00 00 7f 8000"), new Uint8Array(127).fill(0x78));
  assertEquals(newDecoder().decode(block), [["", "x".repeat(127)]]);
});

test("HpackDecoder: a block that ends within a header is an error", () => {
  for (const block of ["ff", "ff80", "40", "00", "10", "3f", "3fe1", "0f"]) {
    assertMalformed(block, "ends within a header");
  }
  for (const block of ["4001", "400161", "00000261", "000082ff"]) {
    assertMalformed(block, "it ends within a");
  }
  // A length that promises 4 GiB allocates nothing.
  assertMalformed("00 7f 80ffffff0f", "ends within a string");
});

test("HpackDecoder: invalid Huffman code is an error, also where nothing is kept", () => {
  assertMalformed("000081ff", "padding");
  assertMalformed("00008100", "padding");
  assertMalformed("000084ffffffff", "EOS");
  const decoder = new HpackDecoder({ maxHeaderListBytes: 0 });
  assertMalformed("82 000084ffffffff", "EOS", decoder);
});

test("HpackDecoder: a size update above the limit is an error", () => {
  assertMalformed([sizeUpdate(4097)], "4097");
  assertMalformed([sizeUpdate(101)], "101", newDecoder(100));
  const decoder = newDecoder();
  decoder.setMaxTableBytes(100_000);
  assertEquals(decoder.decode(sizeUpdate(100_000)), []);
  assertMalformed([sizeUpdate(100_001)], "100001", decoder);
});

test("HpackDecoder: a size update after a header is an error", () => {
  assertMalformed("82 20", "after a header");
  assertMalformed([concat(A_B, sizeUpdate(4096))], "after a header");
  assertMalformed("20 3fe11f 82 3fe11f", "after a header");
});

test("HpackDecoder: size updates at the beginning change the table", () => {
  const decoder = newDecoder();
  decoder.decode(concat(A_B, C_D));
  assertEquals(decoder.tableBytes, 68);
  // The larger one has no effect, the smaller one has.
  decoder.decode(concat(sizeUpdate(4096), sizeUpdate(67)));
  assertEquals(decoder.tableBytes, 34);
  assertEquals(decoder.decode(hex("be")), [["c", "d"]]);
  decoder.decode(concat(sizeUpdate(0), sizeUpdate(4096)));
  assertEquals(decoder.tableBytes, 0);
  assertMalformed("be", "index 62", decoder);
});

test("HpackDecoder: a smaller setting demands a size update", () => {
  const shrunk = (...sizes: number[]): HpackDecoder => {
    const decoder = newDecoder();
    decoder.decode(A_B);
    for (const size of sizes) decoder.setMaxTableBytes(size);
    return decoder;
  };
  assertMalformed("82", "does not shrink to 100", shrunk(100));
  assertMalformed("", "does not shrink to 100", shrunk(100));
  assertMalformed([sizeUpdate(101)], "larger than 100", shrunk(100));
  assertMalformed("be", "does not shrink to 0", shrunk(0, 4096));
  assertMalformed([sizeUpdate(11)], "shrink to 10", shrunk(10, 4096));
  assertMalformed(
    [concat(sizeUpdate(50), sizeUpdate(10))],
    "shrink to 10",
    shrunk(10, 50),
  );
  const decoder = shrunk(0, 4096);
  assertEquals(decoder.decode(concat(sizeUpdate(0), sizeUpdate(4096), A_B)), [
    ["a", "b"],
  ]);
  assertEquals(decoder.tableBytes, 34);
  // It is demanded once.
  assertEquals(decoder.decode(hex("be")), [["a", "b"]]);
});

test("HpackDecoder: a smaller setting demands nothing of a table that is smaller", () => {
  const decoder = newDecoder();
  decoder.decode(concat(sizeUpdate(100), A_B));
  decoder.setMaxTableBytes(100);
  assertEquals(decoder.decode(hex("be")), [["a", "b"]]);
});

test("HpackDecoder: a larger setting holds from the peer's size update on", () => {
  const decoder = newDecoder(100_000);
  const entry = concat(hex("40 0161"), letters(4000));
  decoder.decode(concat(entry, entry));
  assertEquals(decoder.tableBytes, 4033);
  decoder.decode(concat(sizeUpdate(100_000), entry, entry));
  assertEquals(decoder.tableBytes, 3 * 4033);
});

test("HpackDecoder: sizes that no setting can have are refused", () => {
  for (const bytes of [-1, 1.5, NaN, 2 ** 32]) {
    assertThrows(() => newDecoder(bytes), RangeError);
    assertThrows(() => newDecoder().setMaxTableBytes(bytes), RangeError);
  }
  for (const maxHeaderListBytes of [-1, NaN]) {
    assertThrows(() => new HpackDecoder({ maxHeaderListBytes }), RangeError);
  }
});

test("HpackDecoder: an entry that is larger than the table empties it", () => {
  const decoder = newDecoder();
  decoder.decode(A_B);
  const block = concat(hex("40 0161"), letters(4064));
  assertEquals(decoder.decode(block)!.length, 1);
  assertEquals(decoder.tableBytes, 0);
});

test("HpackDecoder: an entry may use the name of one that it evicts", () => {
  const decoder = newDecoder(40);
  decoder.decode(A_B);
  assertEquals(decoder.decode(hex("7e 0163")), [["a", "c"]]);
  assertEquals(decoder.decode(hex("be")), [["a", "c"]]);
  assertEquals(decoder.tableBytes, 34);
});

test("HpackDecoder: a list up to the limit is returned, a larger one is not", () => {
  const decoder = new HpackDecoder({ maxHeaderListBytes: 68 });
  assertEquals(decoder.decode(concat(A_B, C_D))!.length, 2);
  assertEquals(decoder.listBytes, 68);
  const one = hex("00 0161 0262 62");
  assertEquals(decoder.decode(concat(one, one)), undefined);
  assertEquals(decoder.listBytes, 70);
  assertEquals(decoder.decode(one), [["a", "bb"]]);
  assertEquals(decoder.listBytes, 35);
});

test("HpackDecoder: a list that is too large leaves the table as it should be", () => {
  const decoder = new HpackDecoder({ maxHeaderListBytes: 100 });
  const block = concat(hex("00 00"), letters(200), A_B, C_D, hex("82 7e 0165"));
  assertEquals(decoder.decode(block), undefined);
  assertEquals(decoder.tableBytes, 3 * 34);
  assertEquals(decoder.decode(hex("be bf"))!, [["c", "e"], ["c", "d"]]);
  assertEquals(decoder.decode(hex("c0"))!, [["a", "b"]]);
  // Also where an entry that is not kept empties it.
  const huge = concat(hex("40 00"), letters(5000));
  assertEquals(decoder.decode(huge), undefined);
  assertEquals(decoder.tableBytes, 0);
});

test("HpackDecoder: a bomb of indexed headers allocates no copies", () => {
  const entry = concat(hex("40 0161"), letters(4000));
  const bomb = new Uint8Array(1_000_000).fill(0xbe);
  const unlimited = new HpackDecoder({ maxHeaderListBytes: Infinity });
  const list = unlimited.decode(concat(entry, bomb))!;
  assertEquals(list.length, 1_000_001);
  assert(list.every((header) => header === list[0]));

  const decoder = newDecoder();
  const start = performance.now();
  assertEquals(decoder.decode(concat(entry, bomb)), undefined);
  assertEquals(decoder.listBytes, 1_000_001 * 4033);
  assert(performance.now() - start < 5000);
  assertEquals(decoder.decode(hex("be"))!.length, 1);
});

test("HpackDecoder: bombs of strings take time in proportion to the block", () => {
  const length = 2_000_000;
  const string = concat(
    hex("ff"),
    Uint8Array.from(continuation(length - 127)),
    // All "0", five bits each.
    new Uint8Array(length),
  );
  const longest = new Uint8Array(length - 1);
  // 28 bits each: the slow way through the decoder.
  for (let i = 0; i + 7 <= longest.length; i += 7) {
    longest.set(hex("fffffe2fffffe2"), i);
  }
  longest.fill(0xff, longest.length - longest.length % 7);
  for (const pattern of ["00 00", "40 00", "10 00"]) {
    for (const fill of [0, 1]) {
      const block = concat(hex(pattern), string);
      if (fill === 1) block.set(longest, block.length - length);
      const decoder = newDecoder();
      const start = performance.now();
      try {
        assertEquals(decoder.decode(block), undefined);
      } catch (error) {
        // In a place where the padding does not come out even.
        assert(error instanceof HpackError);
      }
      assert(performance.now() - start < 5000);
      assertEquals(decoder.tableBytes, 0);
    }
  }
});

test("HpackDecoder: a bomb of entries that push out each other stays small", () => {
  const decoder = newDecoder();
  const entry = hex("40 00 00");
  const block = new Uint8Array(3 * 300_000);
  for (let i = 0; i < block.length; i += 3) block.set(entry, i);
  assertEquals(decoder.decode(block), undefined);
  assertEquals(decoder.tableBytes, 4096);
  assertEquals(decoder.decode(hex("bd"))!.length, 1);
});

test("HpackDecoder: a block of nothing but size updates is an empty list", () => {
  const block = new Uint8Array(1_000_000).fill(0x20);
  assertEquals(newDecoder().decode(block), []);
});

test("HpackDecoder: every truncation is an error or ends between two headers", () => {
  const parts = [
    hex("20"),
    hex("3fe11f"),
    hex("82"),
    A_B,
    hex("418cf1e3c2e5f23a6ba0ab90f4ff"),
    hex("408825a849e95ba97d7f8925a849e95bb8e8b4bf"),
    hex("0f2f 0161"),
    hex("10 0161 0162"),
    concat(hex("00 0161"), letters(300)),
    hex("c0"),
  ];
  const block = concat(...parts);
  const boundaries = new Set([0]);
  let length = 0;
  for (const part of parts) boundaries.add(length += part.length);
  const whole = newDecoder().decode(block)!;
  assertEquals(whole.length, 8);
  for (let end = 0; end <= block.length; end++) {
    const decoder = newDecoder();
    if (boundaries.has(end)) {
      const list = decoder.decode(block.subarray(0, end))!;
      assertEquals(list, whole.slice(0, list.length));
    } else {
      assertThrows(
        () => decoder.decode(block.subarray(0, end)),
        HpackError,
        "it ends within a",
      );
    }
  }
});

test("HpackDecoder: the block may be a view, and is not kept", () => {
  const bytes = concat(hex("ff ff"), A_B, hex("00 0165 0166"), hex("ff"));
  const decoder = newDecoder();
  const list = decoder.decode(bytes.subarray(2, -1))!;
  bytes.fill(0);
  assertEquals(list, [["a", "b"], ["e", "f"]]);
  assertEquals(decoder.decode(hex("be")), [["a", "b"]]);
});

test("HpackDecoder: a block that comes again follows the table", () => {
  const decoder = newDecoder();
  decoder.decode(A_B);
  // The newest entry, several times: it is another one after each addition.
  const newest = hex("be");
  for (let i = 0; i < 3; i++) {
    assertEquals(decoder.decode(newest), [["a", "b"]]);
    assertEquals(decoder.listBytes, 34);
  }
  decoder.decode(C_D);
  assertEquals(decoder.decode(newest), [["c", "d"]]);
  assertEquals(decoder.decode(newest), [["c", "d"]]);
  // An empty table has no such entry.
  decoder.decode(hex("20"));
  assertThrows(() => decoder.decode(newest), HpackError, "no header with");
});

test("HpackDecoder: a block that comes again still has to shrink the table", () => {
  const decoder = newDecoder();
  decoder.decode(A_B);
  assertEquals(decoder.decode(hex("be")), [["a", "b"]]);
  assertEquals(decoder.decode(hex("be")), [["a", "b"]]);
  decoder.setMaxTableBytes(34);
  assertThrows(() => decoder.decode(hex("be")), HpackError, "does not shrink");
});
