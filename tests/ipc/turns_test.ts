import { assert, assertEquals } from "@std/assert";
import { test } from "node:test";
import { setImmediate } from "node:timers";
import { toSource } from "../../internal/base/source.ts";
import { FlightDataDecoder } from "../../internal/stream/flight_data_decoder.ts";
import { concatBytes } from "../../internal/base/bytes.ts";
import { encodeFlightData } from "../../internal/protocol/flight_data.ts";
import { batchOf } from "../support/ipc/samples.ts";
import { encode, receive } from "../support/ipc/ipc_streams.ts";
import { vectorFromArray } from "apache-arrow";

test("decompression: others have their turn while messages at hand are decompressed", async () => {
  const zeros = batchOf({
    n: vectorFromArray(new Int32Array(1 << 20)).data[0]!,
  });
  const [schema, batch] = receive(encode([zeros], undefined, {
    compression: "lz4",
    maxBatchBytes: Infinity,
  })).map(({ header, body }) => {
    const { chunks } = encodeFlightData({ dataHeader: header, body: [body] });
    return concatBytes(chunks);
  });
  const count = 100;
  const decoder = new FlightDataDecoder(
    toSource([schema!, ...new Array<Uint8Array>(count).fill(batch!)]),
  );
  let turns = 0;
  let isReading = true;
  const others = (): void => {
    turns++;
    if (isReading) setImmediate(others);
  };
  setImmediate(others);
  let batches = 0;
  while (await decoder.read() !== undefined) batches++;
  isReading = false;
  assertEquals(batches, count);
  // 400 MiB take far longer than what one stream may have at a time.
  assert(turns > 3, `${turns} turns`);
});
