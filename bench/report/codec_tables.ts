/**
 * The tables of the codec.
 *
 * @module
 */
import type { CodecFigures } from "../codec/codec.ts";
import { table } from "../support/markdown.ts";
import { figure, times } from "./format.ts";

/** Formats the figures of a runtime. */
export function codecTables(
  runtime: string,
  { batches, messages }: CodecFigures,
): string {
  return `### Codec on ${runtime}\n\n` +
    table(
      [
        "batch",
        "MiB",
        "encode µs",
        "encode and gather µs",
        "MiB/s",
        "to apache-arrow",
        "decode µs",
        "decode unaligned µs",
        "MiB/s",
        "to apache-arrow",
      ],
      batches.map((one) => [
        `${one.kind}, ${one.rows} rows × ${one.columns} columns`,
        figure(one.bytes / 2 ** 20),
        figure(one.encodeUs),
        figure(one.frameUs),
        figure(one.bytes / 2 ** 20 / one.frameUs * 1e6),
        times(one.arrowEncodeUs / one.frameUs),
        figure(one.decodeUs),
        figure(one.unalignedUs),
        figure(one.bytes / 2 ** 20 / one.unalignedUs * 1e6),
        times(one.arrowDecodeUs / one.decodeUs),
      ]),
    ) + "\n\n" +
    table(
      ["message", "bytes", "encode µs", "decode µs"],
      messages.map((one) => [
        one.name,
        String(one.bytes),
        figure(one.encodeUs),
        figure(one.decodeUs),
      ]),
    );
}
