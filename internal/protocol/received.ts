/** Methods that read the bytes of a received message as text and as JSON. */

import { strictText } from "../base/bytes.ts";
import { FlightError } from "../core/flight_error.ts";

/**
 * The methods of a received message that read its bytes: the ticket of a Ticket, the body of an Action or a
 * Result, the command of a FlightDescriptor, the expression of Criteria, the metadata of a PutResult. They are
 * not properties of the message, so a copy by `{ ...message }` lacks them.
 *
 * ```ts
 * import { connectInMemory } from "@contrail/flight/memory";
 * import { assertEquals } from "@std/assert";
 *
 * await using client = connectInMemory({
 *   *doAction(action) {
 *     const { first, last } = action.json<{ first: string; last: string }>();
 *     yield { body: `${first} ${last}` };
 *   },
 * });
 * const body = JSON.stringify({ first: "Ada", last: "Lovelace" });
 * for await (const result of client.doAction({ type: "join", body })) {
 *   assertEquals(result.text(), "Ada Lovelace");
 * }
 * ```
 */
export interface Received {
  /**
   * The bytes as text.
   *
   * @returns The text; empty where there are no bytes.
   * @throws {FlightError} When the bytes are not UTF-8, or the descriptor is not a command. The sender is at fault:
   * it is INVALID_ARGUMENT for a message of a client, which a handler need not catch, and INTERNAL for a Result and
   * a PutResult.
   */
  text(): string;
  /**
   * The bytes as JSON.
   *
   * @typeParam T The type that client and service have agreed upon; it is not checked.
   * @returns The value.
   * @throws {FlightError} When the bytes are not JSON, or there are none; see `text`.
   */
  json<T = unknown>(): T;
}

/**
 * Makes the function that gives a message its methods. They are not enumerable: a message is equal to another
 * object with the same bytes.
 *
 * @param name The name of the bytes, for errors.
 * @param bytesOf Gives the bytes of a message; `undefined` for none.
 * @param method The method that the message is an answer of; by default it is a request.
 * @returns The function, which changes the message and returns it.
 */
export function received<T extends object>(
  name: string,
  bytesOf: (message: T) => Uint8Array | undefined,
  method?: "DoAction" | "DoPut",
): <M extends T>(message: M) => M & Received {
  const wrong = (expected: string, cause: unknown): FlightError => {
    const details = `${name} must be ${expected}`;
    return method === undefined
      ? new FlightError("INVALID_ARGUMENT", details, { cause })
      : new FlightError("INTERNAL", details, {
        method,
        origin: "remote",
        cause,
      });
  };
  const textOf = (message: T): string => {
    const bytes = bytesOf(message);
    if (bytes === undefined) return "";
    try {
      return strictText(bytes);
    } catch (cause) {
      throw wrong("UTF-8", cause);
    }
  };
  const text: PropertyDescriptor & ThisType<T> = {
    value() {
      return textOf(this);
    },
  };
  const json: PropertyDescriptor & ThisType<T> = {
    value() {
      const text = textOf(this);
      try {
        return JSON.parse(text);
      } catch (cause) {
        throw wrong("JSON", cause);
      }
    },
  };
  return <M extends T>(message: M) => {
    // Faster than defineProperties, which engines read anew for each message.
    Object.defineProperty(message, "text", text);
    return Object.defineProperty(message, "json", json) as M & Received;
  };
}
