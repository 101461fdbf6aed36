/** Flight.proto: CancelFlightInfoRequest, CancelFlightInfoResult. */

import type {
  CancelFlightInfoRequest,
  CancelFlightInfoResult,
  CancelStatus,
} from "../protocol/cancel_flight_info.ts";
import { copyUnknownFields } from "../../proto/runtime/unknown_fields.ts";
import { finish } from "../../proto/runtime/wire_writer.ts";
import * as proto from "../../proto/flight/cancel_flight_info.ts";
import { createFlightInfo } from "../../proto/flight/flight_info.ts";
import { checkObject } from "../message/check_field.ts";
import { decodeMessage } from "../message/decode_message.ts";
import { enumName, enumNumber } from "./fields/enum_name.ts";
import { flightInfoFromMessage, flightInfoToMessage } from "./flight_info.ts";

/** The names do not repeat the name of the enum. */
const STATUSES: Readonly<Record<CancelStatus, number>> = {
  UNSPECIFIED: proto.CancelStatus.CANCEL_STATUS_UNSPECIFIED,
  CANCELLED: proto.CancelStatus.CANCEL_STATUS_CANCELLED,
  CANCELLING: proto.CancelStatus.CANCEL_STATUS_CANCELLING,
  NOT_CANCELLABLE: proto.CancelStatus.CANCEL_STATUS_NOT_CANCELLABLE,
};

/**
 * Encodes a CancelFlightInfoRequest.
 *
 * @param request The request.
 * @returns The message.
 * @throws {TypeError} When it is not a CancelFlightInfoRequest.
 */
export function encodeCancelFlightInfoRequest(
  request: CancelFlightInfoRequest,
): Uint8Array {
  const { info } = checkObject(request, "CancelFlightInfoRequest");
  return finish(proto.encodeCancelFlightInfoRequest(
    copyUnknownFields(request, { info: flightInfoToMessage(info) }),
  ));
}

/**
 * Decodes a CancelFlightInfoRequest.
 *
 * @param bytes The message.
 * @returns The request; its bytes are views on `bytes`.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeCancelFlightInfoRequest(
  bytes: Uint8Array,
): CancelFlightInfoRequest {
  return decodeMessage("CancelFlightInfoRequest", bytes, (reader) => {
    const message = proto.decodeCancelFlightInfoRequest(reader);
    const info = flightInfoFromMessage(message.info ?? createFlightInfo());
    return copyUnknownFields(message, { info });
  });
}

/**
 * Encodes a CancelFlightInfoResult.
 *
 * @param result The result.
 * @returns The message.
 * @throws {TypeError} When it is not a CancelFlightInfoResult.
 */
export function encodeCancelFlightInfoResult(
  result: CancelFlightInfoResult,
): Uint8Array {
  const { status } = checkObject(result, "CancelFlightInfoResult");
  return finish(proto.encodeCancelFlightInfoResult(copyUnknownFields(result, {
    status: enumNumber(STATUSES, status, "CancelFlightInfoResult.status"),
  })));
}

/**
 * Decodes a CancelFlightInfoResult.
 *
 * @param bytes The message.
 * @returns The result; UNSPECIFIED where the status is not known here.
 * @throws {FlightError} INVALID_ARGUMENT, when it is malformed.
 */
export function decodeCancelFlightInfoResult(
  bytes: Uint8Array,
): CancelFlightInfoResult {
  const message = decodeMessage(
    "CancelFlightInfoResult",
    bytes,
    proto.decodeCancelFlightInfoResult,
  );
  const status = enumName(STATUSES, message.status, "UNSPECIFIED");
  return copyUnknownFields(message, { status });
}
