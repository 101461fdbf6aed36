/** The one schema that all endpoints of a FlightInfo must have. */

import type { Field, RecordBatch, Schema } from "apache-arrow";
import { FlightError } from "../core/flight_error.ts";
import { sameType } from "../ipc/same_type.ts";
import { decodeSchema } from "../ipc/schema.ts";
import { withSchema } from "../ipc/with_schema.ts";

/**
 * Compares schemas with the first one that becomes known: that of the FlightInfo, where it has one,
 * else that of the endpoint which answers first. Names and types of the fields count, in their order;
 * metadata and nullability, in which the parts of real services differ, do not.
 */
export class ReferenceSchema {
  /** Called when the schema becomes known. */
  onKnown: () => void = () => {};
  #schema: Schema | undefined;
  #owner = "";
  readonly #checked = new WeakSet<Schema>();

  /** The schema, once it is known. */
  get schema(): Schema | undefined {
    return this.#schema;
  }

  /**
   * Takes the schema of a FlightInfo, unless there is one already.
   *
   * @param encoded An encapsulated IPC message; empty or absent where the server does not know.
   * @throws {FlightError} INTERNAL when it is malformed, UNIMPLEMENTED when it cannot be read here.
   */
  expect(encoded: Uint8Array | undefined): void {
    if (this.#schema !== undefined || !encoded?.byteLength) return;
    try {
      this.#set(decodeSchema(encoded), "the FlightInfo");
    } catch (error) {
      const { code, details } = error as FlightError;
      throw new FlightError(
        code === "INVALID_ARGUMENT" ? "INTERNAL" : code,
        `the schema of the FlightInfo cannot be used: ${details}`,
        { origin: "remote", cause: error },
      );
    }
  }

  /**
   * Compares the schema of an endpoint.
   *
   * @param schema Its schema.
   * @param endpoint What the endpoint is called in an error.
   * @throws {FlightError} INTERNAL when it is another one.
   */
  check(schema: Schema, endpoint: string): void {
    if (this.#schema === undefined) this.#set(schema, endpoint);
    if (this.#schema === schema || this.#checked.has(schema)) return;
    const difference = differenceOf(schema.fields, this.#schema!.fields);
    if (difference === undefined) {
      this.#checked.add(schema);
      return;
    }
    throw new FlightError(
      "INTERNAL",
      `the schema of ${endpoint} is not that of ${this.#owner}: ${difference}`,
      { method: "DoGet", origin: "remote" },
    );
  }

  /**
   * Gives a batch of an endpoint the one schema.
   *
   * @throws {FlightError} As `check`.
   */
  unify(batch: RecordBatch, endpoint: string): RecordBatch {
    this.check(batch.schema, endpoint);
    return withSchema(batch, this.#schema!);
  }

  #set(schema: Schema, owner: string): void {
    this.#schema = schema;
    this.#owner = owner;
    this.onKnown();
  }
}

function differenceOf(
  fields: readonly Field[],
  expected: readonly Field[],
): string | undefined {
  if (fields.length !== expected.length) {
    return `it has ${fields.length} fields, not ${expected.length}`;
  }
  for (const [i, field] of fields.entries()) {
    const other = expected[i]!;
    if (field.name === other.name && sameType(field.type, other.type)) continue;
    return `field ${i} is ${textOf(field)}, not ${textOf(other)}`;
  }
  return undefined;
}

function textOf({ name, type }: Field): string {
  return `${JSON.stringify(name)}: ${type}`;
}
