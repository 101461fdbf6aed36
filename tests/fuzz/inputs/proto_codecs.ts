/** The functions that read and write each message: the generated ones, and those of the types of the protocol. */

import type { FlightData } from "../../../internal/protocol/flight_data.ts";
import * as actionProto from "../../../proto/flight/action.ts";
import * as cancelFlightInfoProto from "../../../proto/flight/cancel_flight_info.ts";
import * as closeSessionProto from "../../../proto/flight/close_session.ts";
import * as criteriaProto from "../../../proto/flight/criteria.ts";
import * as emptyProto from "../../../proto/flight/empty.ts";
import * as flightDescriptorProto from "../../../proto/flight/flight_descriptor.ts";
import * as flightEndpointProto from "../../../proto/flight/flight_endpoint.ts";
import * as flightInfoProto from "../../../proto/flight/flight_info.ts";
import * as getSessionOptionsProto from "../../../proto/flight/get_session_options.ts";
import * as handshakeProto from "../../../proto/flight/handshake.ts";
import * as locationProto from "../../../proto/flight/location.ts";
import * as pollInfoProto from "../../../proto/flight/poll_info.ts";
import * as putResultProto from "../../../proto/flight/put_result.ts";
import * as renewFlightEndpointProto from "../../../proto/flight/renew_flight_endpoint.ts";
import * as schemaResultProto from "../../../proto/flight/schema_result.ts";
import * as sessionOptionValueProto from "../../../proto/flight/session_option_value.ts";
import * as setSessionOptionsProto from "../../../proto/flight/set_session_options.ts";
import * as ticketProto from "../../../proto/flight/ticket.ts";
import * as descriptorProto from "../../../proto/google/protobuf/descriptor.ts";
import * as timestampProto from "../../../proto/google/protobuf/timestamp.ts";
import * as healthProto from "../../../proto/grpc/health/v1/health.ts";
import * as reflectionProto from "../../../proto/grpc/reflection/v1/reflection.ts";
import * as actionWire from "../../../internal/wire/action.ts";
import * as cancelFlightInfoWire from "../../../internal/wire/cancel_flight_info.ts";
import * as criteriaWire from "../../../internal/wire/criteria.ts";
import * as emptyWire from "../../../internal/wire/empty.ts";
import * as fileDescriptorWire from "../../../internal/wire/services/file_descriptor.ts";
import * as flightDataWire from "../../../internal/wire/flight_data.ts";
import * as flightDescriptorWire from "../../../internal/wire/flight_descriptor.ts";
import * as flightEndpointWire from "../../../internal/wire/flight_endpoint.ts";
import * as flightInfoWire from "../../../internal/wire/flight_info.ts";
import * as handshakeWire from "../../../internal/wire/handshake.ts";
import * as healthWire from "../../../internal/wire/services/health.ts";
import * as pollInfoWire from "../../../internal/wire/poll_info.ts";
import * as putResultWire from "../../../internal/wire/put_result.ts";
import * as reflectionWire from "../../../internal/wire/services/reflection.ts";
import * as renewFlightEndpointWire from "../../../internal/wire/renew_flight_endpoint.ts";
import * as schemaResultWire from "../../../internal/wire/schema_result.ts";
import * as sessionOptionsWire from "../../../internal/wire/session_options.ts";
import * as ticketWire from "../../../internal/wire/ticket.ts";

/** Reads, and where there is one writes, a message. */
export interface Codec {
  /** What it is called, for errors. */
  readonly name: string;
  /** Reads a message. */
  readonly decode: (bytes: Uint8Array) => unknown;
  /** Writes what was read. */
  readonly encode?: ((value: never) => unknown) | undefined;
}

type Module = Readonly<Record<string, unknown>>;

/** A FlightData is read as one body, and written of several. */
const FLIGHT_DATA: Codec = {
  name: "wire FlightData",
  decode: (bytes) => {
    const data = flightDataWire.decodeFlightData(bytes);
    // It is padded with zeros when it is written.
    const end = data.dataHeader.findLastIndex((byte) => byte !== 0) + 1;
    return { ...data, dataHeader: data.dataHeader.subarray(0, end) };
  },
  encode: (data: FlightData) =>
    flightDataWire.encodeFlightData({ ...data, body: [data.dataBody] }),
};

/** Those that `tools/compile_proto.ts` has made. */
const GENERATED: readonly Module[] = [
  actionProto,
  cancelFlightInfoProto,
  closeSessionProto,
  criteriaProto,
  emptyProto,
  flightDescriptorProto,
  flightEndpointProto,
  flightInfoProto,
  getSessionOptionsProto,
  handshakeProto,
  locationProto,
  pollInfoProto,
  putResultProto,
  renewFlightEndpointProto,
  schemaResultProto,
  sessionOptionValueProto,
  setSessionOptionsProto,
  ticketProto,
  descriptorProto,
  timestampProto,
  healthProto,
  reflectionProto,
];

/** Those that make types of the protocol of messages. */
const NOUNS: readonly Module[] = [
  actionWire,
  cancelFlightInfoWire,
  criteriaWire,
  emptyWire,
  fileDescriptorWire,
  flightDescriptorWire,
  flightEndpointWire,
  flightInfoWire,
  handshakeWire,
  healthWire,
  pollInfoWire,
  putResultWire,
  reflectionWire,
  renewFlightEndpointWire,
  schemaResultWire,
  sessionOptionsWire,
  ticketWire,
];

/** Messages whose type has another name. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  ServerReflectionRequest: "ReflectionRequest",
  FileDescriptorProto: "FileDescriptor",
};

/**
 * The codecs of a message.
 *
 * @param fullName Its name, with a dot before it.
 */
export function codecsOf(fullName: string): Codec[] {
  const [, , path] = /^\.([a-z0-9_]+\.)+(.*)$/.exec(fullName)!;
  const name = path!.replaceAll(".", "_");
  if (name === "FlightData") return [FLIGHT_DATA];
  return [
    ...codecsIn(GENERATED, name, "proto"),
    ...codecsIn(NOUNS, OTHER_NAMES[name] ?? name, "wire"),
  ];
}

function codecsIn(
  modules: readonly Module[],
  name: string,
  layer: string,
): Codec[] {
  return modules.flatMap((module) => {
    const decode = module[`decode${name}`];
    if (decode === undefined) return [];
    return {
      name: `${layer} ${name}`,
      decode: decode as Codec["decode"],
      encode: module[`encode${name}`] as Codec["encode"],
    };
  });
}
