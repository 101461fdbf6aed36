/**
 * Flight.proto: FlightData, by hand, so that nothing copies a body.
 *
 * | field             | number | on the wire                                  |
 * | ----------------- | ------ | -------------------------------------------- |
 * | flight_descriptor | 1      | `0A` length, FlightDescriptor                |
 * | data_header       | 2      | `12` length, flatbuffer Message, padding     |
 * | app_metadata      | 3      | `1A` length, bytes                           |
 * | data_body         | 1000   | `C2 3E` length, bytes                        |
 *
 * No other field is ever sent: Java's reader cannot skip unknown ones.
 */

import { EMPTY_BYTES } from "../base/bytes.ts";
import { FlightError } from "../core/flight_error.ts";
import { MAX_MESSAGE_BYTES } from "../core/limits.ts";
import { WireReader } from "../../proto/runtime/wire_reader.ts";
import {
  checkArray,
  checkBytes,
  checkOptionalBytes,
} from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";
import {
  type FlightDescriptor,
  flightDescriptorCodec,
} from "./flight_descriptor.ts";

/** Bytes of the prefix that gRPC puts before a message. */
const GRPC_PREFIX_BYTES = 5;

/** Alignment of the start of a body, counted with the gRPC prefix. */
const BODY_ALIGNMENT = 8;

const DESCRIPTOR_TAG = 1 << 3 | 2;
const HEADER_TAG = 2 << 3 | 2;
const METADATA_TAG = 3 << 3 | 2;
const BODY_TAG = 1000 << 3 | 2;

/**
 * A FlightData message that was not decoded: enough to send it on. Its bytes are views of the memory
 * in which it arrived.
 */
export interface FlightData {
  /** The data set; usually on the first message of an upload or an exchange only. */
  readonly descriptor?: FlightDescriptor | undefined;
  /** The IPC message header: a flatbuffer, perhaps with padding; empty where there is none. */
  readonly dataHeader: Uint8Array;
  /** Application bytes; `undefined` where there are none. */
  readonly appMetadata?: Uint8Array | undefined;
  /** The buffers that the header describes; empty where there are none. */
  readonly dataBody: Uint8Array;
}

/** The parts of a FlightData message to be sent. */
export interface FlightDataParts {
  /** The data set; on the first message of an upload. */
  readonly descriptor?: FlightDescriptor | undefined;
  /** The IPC message header; none by default. */
  readonly dataHeader?: Uint8Array | undefined;
  /** Application bytes; none by default. */
  readonly appMetadata?: Uint8Array | undefined;
  /** The parts of the body, in order; none by default. */
  readonly body?: readonly Uint8Array[] | undefined;
  /** Sum of the lengths of `body`; computed by default. */
  readonly bodyLength?: number | undefined;
}

/** An encoded message: the concatenation of `chunks`. */
export interface EncodedFlightData {
  /** Sum of the lengths of `chunks`. */
  byteLength: number;
  /** The fields before the body, then the parts of the body as they were given. */
  chunks: Uint8Array[];
}

/**
 * Encodes a FlightData message without copying its body.
 *
 * The header is padded with zeros, which readers of flatbuffers ignore, so that the body starts at
 * a multiple of 8 from the start of the gRPC prefix: a receiver that puts prefix and message into
 * one buffer need not move the body.
 *
 * @param data The parts. A body without a header is legal, but not aligned.
 * @returns The message; its first chunk is fresh, the others are those of `body`.
 * @throws {FlightError} RESOURCE_EXHAUSTED, when it would exceed 2 GiB − 1 bytes.
 * @throws {TypeError} When a part is of the wrong type.
 * @throws {RangeError} When `bodyLength` is not the length of `body`.
 */
export function encodeFlightData(data: FlightDataParts): EncodedFlightData {
  const descriptor = data.descriptor === undefined
    ? undefined
    : flightDescriptorCodec.encode(data.descriptor);
  const header = checkOptionalBytes(data.dataHeader, "FlightData.dataHeader");
  const metadata = checkOptionalBytes(
    data.appMetadata,
    "FlightData.appMetadata",
  );
  const body = checkArray(data.body, "FlightData.body");
  let bodyLength = 0;
  for (const part of body) {
    bodyLength += checkBytes(part, "a part of FlightData.body").byteLength;
  }
  if (data.bodyLength !== undefined && data.bodyLength !== bodyLength) {
    throw new RangeError(
      `FlightData.bodyLength is ${data.bodyLength}, but its body has ${bodyLength} bytes`,
    );
  }

  const others = (descriptor ? fieldLength(1, descriptor.byteLength) : 0) +
    (metadata.byteLength > 0 ? fieldLength(1, metadata.byteLength) : 0) +
    (bodyLength > 0 ? 2 + varintLength(bodyLength) : 0);
  const headerLength = bodyLength > 0 && header.byteLength > 0
    ? paddedHeaderLength(header.byteLength, others)
    : header.byteLength;
  const prefixLength = others +
    (headerLength > 0 ? fieldLength(1, headerLength) : 0);
  const byteLength = prefixLength + bodyLength;
  if (byteLength > MAX_MESSAGE_BYTES) {
    throw new FlightError(
      "RESOURCE_EXHAUSTED",
      `Cannot encode FlightData: ${byteLength} bytes exceed the bound of ${MAX_MESSAGE_BYTES} bytes`,
    );
  }

  const prefix = new Uint8Array(prefixLength);
  let offset = 0;
  if (descriptor) {
    offset = writeField(prefix, offset, DESCRIPTOR_TAG, descriptor);
  }
  if (headerLength > 0) {
    offset = writeField(prefix, offset, HEADER_TAG, header, headerLength);
  }
  if (metadata.byteLength > 0) {
    offset = writeField(prefix, offset, METADATA_TAG, metadata);
  }
  if (bodyLength === 0) return { byteLength, chunks: [prefix] };
  offset = writeVarint(prefix, offset, BODY_TAG);
  writeVarint(prefix, offset, bodyLength);
  return { byteLength, chunks: [prefix, ...body] };
}

/**
 * Decodes a FlightData message without copying: all bytes are views on `bytes`.
 *
 * Fields may be in any order, the last of several wins, unknown ones are
 * skipped.
 *
 * @param bytes The message.
 * @returns Its parts.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeFlightData(bytes: Uint8Array): FlightData {
  return decodeMessage("FlightData", bytes, readFlightData);
}

function readFlightData(reader: WireReader): FlightData {
  let descriptor: FlightDescriptor | undefined;
  let dataHeader = EMPTY_BYTES;
  let appMetadata = EMPTY_BYTES;
  let dataBody = EMPTY_BYTES;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    switch (tag >>> 3) {
      case 1:
        descriptor = flightDescriptorCodec.finish(
          flightDescriptorCodec.read(reader, tag),
        );
        break;
      case 2:
        dataHeader = reader.bytes(tag);
        break;
      case 3:
        appMetadata = reader.bytes(tag);
        break;
      case 1000:
        dataBody = reader.bytes(tag);
        break;
      default:
        reader.skip(tag);
    }
  }
  // All messages have the same keys: this is the hot path.
  return {
    descriptor,
    dataHeader,
    appMetadata: appMetadata.byteLength > 0 ? appMetadata : undefined,
    dataBody,
  };
}

/**
 * Finds the body in the first bytes of a FlightData message, so that a transport
 * can place the rest where the body will be aligned. It is a hint: of several
 * bodies {@linkcode decodeFlightData} takes the last, and it checks the message.
 *
 * @param head The first bytes of the message.
 * @returns Bytes from the start of the message to the first byte of the body;
 * `undefined` where `head` ends before it, or is malformed.
 */
export function findFlightDataBody(head: Uint8Array): number | undefined {
  const reader = new WireReader(head);
  try {
    for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
      if (tag === BODY_TAG) {
        reader.varint();
        return reader.position;
      }
      reader.skip(tag);
    }
  } catch {
    // Truncated, as a head is, or malformed: the decoder will say so.
  }
  return undefined;
}

/**
 * The length a header is padded to, so that the body is aligned. Every byte of
 * padding moves the body by one, and by two where the varint of the length
 * grows: at most 14 bytes are needed.
 */
function paddedHeaderLength(headerLength: number, others: number): number {
  let padded = headerLength;
  while (
    (GRPC_PREFIX_BYTES + others + fieldLength(1, padded)) % BODY_ALIGNMENT !== 0
  ) {
    padded++;
  }
  return padded;
}

function fieldLength(tagLength: number, valueLength: number): number {
  return tagLength + varintLength(valueLength) + valueLength;
}

function varintLength(value: number): number {
  let length = 1;
  for (; value >= 0x80; value /= 0x80) length++;
  return length;
}

function writeVarint(bytes: Uint8Array, offset: number, value: number): number {
  for (; value >= 0x80; value >>>= 7) bytes[offset++] = value & 0x7f | 0x80;
  bytes[offset++] = value;
  return offset;
}

/** Writes a field of up to `length` bytes; what `value` does not fill stays 0. */
function writeField(
  bytes: Uint8Array,
  offset: number,
  tag: number,
  value: Uint8Array,
  length: number = value.byteLength,
): number {
  offset = writeVarint(bytes, offset, tag);
  offset = writeVarint(bytes, offset, length);
  bytes.set(value, offset);
  return offset + length;
}
