/** Header blocks, several on one connection. */

import { HpackDecoder } from "../../../internal/http2/hpack/decoder.ts";
import { HpackEncoder } from "../../../internal/http2/hpack/encoder.ts";
import {
  headerBytes,
  type HeaderList,
} from "../../../internal/http2/hpack/header.ts";
import { HpackError } from "../../../internal/http2/hpack/hpack_error.ts";
import { anyBlock } from "../inputs/hpack_blocks.ts";
import { mutatedBytes } from "../inputs/mutate_bytes.ts";
import type { Random } from "../random.ts";
import { sameValue } from "../same_value.ts";
import { check, type Input, type Target, type Verdict } from "./target.ts";

const MAX_TABLE_BYTES = 4096;
const MAX_LIST_BYTES = 8000;

/** A decoder of which the next blocks ask. */
export const hpackTarget: Target = {
  name: "hpack",
  reads: "HPACK: header blocks",
  memoryBound: () => 48 << 20,
  generate(random: Random): Input {
    const table = { entries: 0, isLarge: true };
    return {
      parts: Array.from({ length: 1 + random.below(8) }, () => {
        const block = anyBlock(random, table);
        return random.oneIn(25) ? mutatedBytes(block, random) : block;
      }),
    };
  },
  run({ parts }: Input): Verdict {
    const decoder = new HpackDecoder({ maxHeaderListBytes: MAX_LIST_BYTES });
    const encoder = new HpackEncoder();
    const second = new HpackDecoder({ maxHeaderListBytes: MAX_LIST_BYTES });
    let verdict: Verdict;
    for (const block of parts) {
      let list: HeaderList | undefined;
      try {
        list = decoder.decode(block);
      } catch (error) {
        if (!(error instanceof HpackError)) throw error;
        // The connection is over.
        return `HpackError: ${error.message}`;
      } finally {
        check(
          decoder.tableBytes <= MAX_TABLE_BYTES,
          () => `the table has ${decoder.tableBytes} bytes`,
        );
      }
      if (list === undefined) {
        verdict = "too many headers";
        continue;
      }
      const sum = list.reduce((sum, header) => sum + headerBytes(header), 0);
      check(
        sum === decoder.listBytes && sum <= MAX_LIST_BYTES,
        () => `a list of ${sum} bytes counts as ${decoder.listBytes}`,
      );
      const again = second.decode(encoder.encode(list));
      check(
        sameValue(list, again),
        () => `${JSON.stringify(list)} became ${JSON.stringify(again)}`,
      );
    }
    return verdict;
  },
};
