/** Entries of FlightSql.proto. */

import {
  type Fields,
  message,
  type MessageType,
} from "../../message/message.ts";

/** The package of FlightSql.proto. */
const PACKAGE = "arrow.flight.protocol.sql";

/** Numbers of the fields by which this package extends messages; see docs/sql-server.md. */
export const EXTENSION = { info: 65_001, rows: 65_002 } as const;

/**
 * Makes a message of FlightSql.proto of its entry.
 *
 * @param name Name of the message in its package.
 * @param fields The field of each key.
 * @returns The message.
 */
export function sqlMessage<T extends object>(
  name: string,
  fields: NoInfer<Fields<T>>,
): MessageType<T> {
  return message<T>(`${PACKAGE}.${name}`, fields);
}
