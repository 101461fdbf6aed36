/** Flight.proto: PutResult. */

import { field } from "../message/fields.ts";
import { converted, message, type MessageType } from "../message/message.ts";
import { bytesOrTextOrNone } from "../message/scalars.ts";
import { textMethods } from "./text_methods.ts";

/** Answer to an upload, as a client receives it: any number of these, at any time. */
export interface PutResult {
  /** Application bytes, such as an acknowledgement; `undefined` if there are none. */
  readonly appMetadata?: Uint8Array | undefined;
  /**
   * The application bytes as text.
   *
   * @returns The text, empty without bytes; bytes that are not UTF-8 become U+FFFD.
   */
  text(): string;
  /**
   * The application bytes as JSON.
   *
   * @typeParam T The type that the service has agreed upon; it is not checked.
   * @returns The value.
   * @throws {SyntaxError} When they are not JSON, so without bytes too.
   */
  json<T = unknown>(): T;
}

/** Answer to an upload, as a service gives it. */
export interface PutResultInit {
  /** Application bytes, or text that is sent as UTF-8; none by default. */
  readonly appMetadata?: Uint8Array | string | undefined;
}

const METHODS = textMethods("appMetadata");

/** The codec of {@linkcode PutResult}. */
export const putResultCodec: MessageType<PutResult, PutResultInit> = converted(
  message<Pick<PutResult, "appMetadata">, PutResultInit>(
    "arrow.flight.protocol.PutResult",
    { appMetadata: field(1, bytesOrTextOrNone) },
  ),
  {
    decode: (result) => Object.defineProperties(result, METHODS) as PutResult,
    encode: (result) => result,
  },
);
