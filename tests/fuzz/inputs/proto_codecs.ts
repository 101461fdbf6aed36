/** Functions that read and write each message. */

import {
  decodeFlightData,
  encodeFlightData,
  type FlightData,
} from "../../../internal/protocol/flight_data.ts";
import { decodeFileDescriptor } from "../../../internal/protocol/services/file_descriptor.ts";
import { ALL_CODECS } from "../../message/all_codecs.ts";
import { SAMPLES } from "../../sql/all_messages.ts";

/** Reads, and where there is one writes, a message. */
export interface Codec {
  /** Name for errors. */
  readonly name: string;
  /** Reads a message. */
  readonly decode: (bytes: Uint8Array) => unknown;
  /** Writes what was read. */
  readonly encode?: ((value: never) => unknown) | undefined;
}

/** A FlightData is read as one body, and written of several. */
const FLIGHT_DATA: Codec = {
  name: "FlightData",
  decode: (bytes) => {
    const data = decodeFlightData(bytes);
    // It is padded with zeros when it is written.
    const end = data.dataHeader.findLastIndex((byte) => byte !== 0) + 1;
    return { ...data, dataHeader: data.dataHeader.subarray(0, end) };
  },
  encode: (data: FlightData) =>
    encodeFlightData({ ...data, body: [data.dataBody] }),
};

/** Part of a file that reflection reads. */
const FILE_DESCRIPTOR: Codec = {
  name: "FileDescriptor",
  decode: decodeFileDescriptor,
};

/** The codecs of each message, by its full name. */
const CODECS: ReadonlyMap<string, readonly Codec[]> = new Map<
  string,
  readonly Codec[]
>([
  ...[...ALL_CODECS, ...SAMPLES.map(({ message }) => message)].map((codec) =>
    [codec.name, [codec]] as const
  ),
  ["arrow.flight.protocol.FlightData", [FLIGHT_DATA]],
  [
    "google.protobuf.FileDescriptorProto",
    [
      ...ALL_CODECS.filter(({ name }) => name.endsWith("FileDescriptorProto")),
      FILE_DESCRIPTOR,
    ],
  ],
]);

/**
 * The codecs of a message.
 *
 * @param fullName Its name, with a dot before it.
 */
export function codecsOf(fullName: string): readonly Codec[] {
  const name = fullName.slice(1).replace(
    "grpc.reflection.v1alpha.",
    "grpc.reflection.v1.",
  );
  return CODECS.get(name) ?? [];
}
