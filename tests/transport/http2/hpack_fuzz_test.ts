import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { HpackDecoder } from "../../../internal/transport/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../../internal/transport/http2/hpack/encoder.ts";
import { headerBytes } from "../../../internal/transport/http2/hpack/header.ts";
import { HpackError } from "../../../internal/transport/http2/hpack/hpack_error.ts";
import { RandomHeaders } from "./hpack_fixture.ts";

const MAX_TABLE_BYTES = 4096;
const MAX_LIST_BYTES = 2000;

function newDecoder(): HpackDecoder {
  return new HpackDecoder({ maxHeaderListBytes: MAX_LIST_BYTES });
}

/** Decodes; whether that succeeded. Whatever comes out must be within limits. */
function survives(decoder: HpackDecoder, block: Uint8Array): boolean {
  try {
    const list = decoder.decode(block);
    if (list === undefined) {
      assert(decoder.listBytes > MAX_LIST_BYTES);
    } else {
      assert(decoder.listBytes <= MAX_LIST_BYTES);
      const sizes = list.map(headerBytes);
      assertEquals(sizes.reduce((a, b) => a + b, 0), decoder.listBytes);
    }
    return true;
  } catch (error) {
    if (!(error instanceof HpackError)) throw error;
    return false;
  } finally {
    assert(decoder.tableBytes <= MAX_TABLE_BYTES);
  }
}

test("random bytes give headers or an HpackError", () => {
  const random = new RandomHeaders(1);
  let decoder = newDecoder();
  let survived = 0;
  for (let i = 0; i < 20_000; i++) {
    const block = Uint8Array.from(
      { length: random.below(random.below(10) === 0 ? 500 : 12) },
      () => random.below(256),
    );
    if (survives(decoder, block)) survived++;
    else decoder = newDecoder();
  }
  assert(survived > 1000);
});

test("bytes that are likely to mean something do no harm", () => {
  const random = new RandomHeaders(2);
  const likely = [0x00, 0x01, 0x10, 0x20, 0x3f, 0x40, 0x7e, 0x82, 0xbe, 0xff];
  let decoder = newDecoder();
  let survived = 0;
  for (let i = 0; i < 20_000; i++) {
    const block = Uint8Array.from(
      { length: random.below(12) },
      () => likely[random.below(likely.length)]!,
    );
    if (survives(decoder, block)) survived++;
    else decoder = newDecoder();
  }
  assert(survived > 1000);
});

test("blocks that were changed on their way do no harm", () => {
  const random = new RandomHeaders(3);
  for (let round = 0; round < 400; round++) {
    const encoder = new HpackEncoder();
    const decoder = newDecoder();
    for (let i = 0; i < 10; i++) {
      const block = encoder.encode(random.list());
      for (let n = random.below(3); n > 0 && block.length > 0; n--) {
        const at = random.below(block.length);
        if (random.below(2) === 0) block[at] = random.below(256);
        else block[at]! ^= 1 << random.below(8);
      }
      const end = random.below(20) === 0
        ? random.below(block.length + 1)
        : block.length;
      if (!survives(decoder, block.subarray(0, end))) break;
    }
  }
});
