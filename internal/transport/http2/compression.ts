/** Compressed messages: gRPC's compression.md. We read them, and send none. */

import { gunzip, inflate } from "node:zlib";

import { FlightError } from "../../core/flight_error.ts";

/** What the header grpc-accept-encoding says. */
export const ACCEPTED_ENCODINGS = "identity,gzip,deflate";

type Inflate = typeof inflate;

const DECODERS: Readonly<Record<string, Inflate>> = {
  gzip: gunzip,
  deflate: inflate,
};

/** Whether messages in `encoding` can be read. */
export function isAcceptedEncoding(encoding: string): boolean {
  return encoding === "identity" || Object.hasOwn(DECODERS, encoding);
}

/**
 * Decompresses a message.
 *
 * @param bytes The message.
 * @param encoding The header grpc-encoding.
 * @param limit Largest result, in bytes.
 * @throws {FlightError} Rejects with RESOURCE_EXHAUSTED beyond the limit, with
 * INTERNAL when the message is malformed.
 */
export function decompress(
  bytes: Uint8Array,
  encoding: string | undefined,
  limit: number,
): Promise<Uint8Array> {
  const decode = encoding === undefined ? undefined : DECODERS[encoding];
  if (decode === undefined) {
    return Promise.reject(
      new FlightError(
        "INTERNAL",
        "the message is compressed, but grpc-encoding does not say how",
        { origin: "remote" },
      ),
    );
  }
  return new Promise((resolve, reject) => {
    decode(bytes, { maxOutputLength: limit }, (error, result) => {
      if (!error) {
        resolve(
          new Uint8Array(result.buffer, result.byteOffset, result.length),
        );
      } else if (
        (error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE"
      ) {
        reject(
          new FlightError(
            "RESOURCE_EXHAUSTED",
            `the message exceeds the limit of ${limit} bytes after ` +
              "decompression (option maxReceiveMessageBytes)",
          ),
        );
      } else {
        reject(
          new FlightError(
            "INTERNAL",
            `the message cannot be decompressed: ${error.message}`,
            { origin: "remote" },
          ),
        );
      }
    });
  });
}
