/** The common schema of all endpoints of a FlightInfo. */

import type { RecordBatch, Schema } from "apache-arrow";
import { FlightError } from "../core/flight_error.ts";
import {
  hydratedBatch,
  hydratedSchema,
  plainType,
  withTypesOf,
} from "../arrow/hydrate.ts";
import { sameType } from "../arrow/types/same_type.ts";
import { differenceOf } from "../arrow/types/field_difference.ts";
import type { FlightInfo } from "../protocol/flight_info.ts";
import { announcedSchema } from "../stream/announced_schema.ts";
import { withSchema } from "../arrow/with_schema.ts";

/** Ways to read dictionaries: see `FlightReadOptions.dictionaries`. */
export type ReadDictionaries = "adapt" | "hydrate" | "exact";

/** Options of a {@linkcode ReferenceSchema}. */
interface ReferenceSchemaInit {
  /** Way to read dictionaries. */
  readonly dictionaries: ReadDictionaries;
  /** Largest size of the dictionaries of a batch as plain values, in bytes. */
  readonly maxPlainBytes: number;
}

/**
 * Compares schemas with the first one that becomes known: that of the FlightInfo, or else that of
 * the endpoint that answers first. Names and types of the fields count, in their order. Metadata
 * and nullability do not, because the parts of real services differ in them.
 *
 * Many services announce dictionaries and send plain values (the default of arrow-rs). So a schema
 * with dictionaries is not known before an endpoint has shown their form.
 */
export class ReferenceSchema {
  /** Called when the schema becomes known. */
  onKnown: () => void = () => {};
  readonly #init: ReferenceSchemaInit;
  #announced: Schema | undefined;
  #schema: Schema | undefined;
  #owner = "";
  /** Columns that become plain, by schema. */
  readonly #checked = new WeakMap<Schema, readonly number[]>();

  /** @param init Options. */
  constructor(init: ReferenceSchemaInit) {
    this.#init = init;
  }

  /** Schema, once it is known. */
  get schema(): Schema | undefined {
    return this.#schema;
  }

  /** Schema of the FlightInfo, in case no endpoint has one. */
  get announced(): Schema | undefined {
    return this.#announced;
  }

  /**
   * Takes the schema of a FlightInfo, unless there is one already.
   *
   * @param info The FlightInfo; absent if it is not known yet.
   * @throws {FlightError} INTERNAL when it is malformed, UNIMPLEMENTED when it cannot be read here.
   */
  expect(info: FlightInfo | undefined): void {
    if (this.#schema !== undefined || this.#announced !== undefined) return;
    this.#announced = info && announcedSchema(info);
    if (this.#announced === undefined) return;
    const plain = hydratedSchema(this.#announced);
    const { dictionaries } = this.#init;
    if (dictionaries === "adapt" && plain !== this.#announced) return;
    this.#set(
      dictionaries === "hydrate" ? plain : this.#announced,
      "the FlightInfo",
    );
  }

  /**
   * Compares the schema of an endpoint.
   *
   * @param schema Its schema.
   * @param endpoint Name of the endpoint for errors.
   * @returns The columns of its batches that become plain values.
   * @throws {FlightError} INTERNAL when it differs.
   */
  check(schema: Schema, endpoint: string): readonly number[] {
    if (this.#schema === undefined) this.#settle(schema, endpoint);
    if (this.#schema === schema) return [];
    let plain = this.#checked.get(schema);
    if (plain === undefined) {
      plain = this.#compare(schema, this.#schema!, endpoint);
      this.#checked.set(schema, plain);
    }
    return plain;
  }

  /**
   * Converts a batch of an endpoint to the common schema.
   *
   * @throws {FlightError} As `check`; RESOURCE_EXHAUSTED when its plain values take too many bytes.
   */
  unify(batch: RecordBatch, endpoint: string): RecordBatch {
    const plain = this.check(batch.schema, endpoint);
    const schema = this.#schema!;
    return plain.length === 0
      ? withSchema(batch, schema)
      : hydratedBatch(batch, schema, plain, this.#init.maxPlainBytes);
  }

  /** Fixes the form of the announced schema to that of the first endpoint. */
  #settle(schema: Schema, endpoint: string): void {
    const announced = this.#announced;
    if (announced === undefined) {
      const { dictionaries } = this.#init;
      this.#set(
        dictionaries === "hydrate" ? hydratedSchema(schema) : schema,
        endpoint,
      );
      return;
    }
    this.#owner = "the FlightInfo";
    const problem = differenceOf(
      schema.fields,
      announced.fields,
      (sent, wanted) => sameType(plainType(sent), plainType(wanted)),
    );
    if (problem !== undefined) throw this.#differs(endpoint, problem);
    this.#set(withTypesOf(announced, schema), "the FlightInfo");
  }

  #compare(schema: Schema, wanted: Schema, endpoint: string): number[] {
    const plain: number[] = [];
    const isExact = this.#init.dictionaries === "exact";
    let hint = "";
    const problem = differenceOf(
      schema.fields,
      wanted.fields,
      (type, other, i) => {
        if (sameType(type, other)) return true;
        const plainSent = plainType(type);
        if (!isExact && sameType(plainSent, other)) return plain.push(i) > 0;
        if (sameType(plainSent, plainType(other))) {
          hint = `; option dictionaries: "${
            isExact ? "adapt" : "hydrate"
          }" reads both forms`;
        }
        return false;
      },
    );
    if (problem !== undefined) throw this.#differs(endpoint, problem + hint);
    return plain;
  }

  #differs(endpoint: string, problem: string): FlightError {
    return new FlightError(
      "INTERNAL",
      `the schema of ${endpoint} is not that of ${this.#owner}: ${problem}`,
      { method: "DoGet", origin: "remote" },
    );
  }

  #set(schema: Schema, owner: string): void {
    this.#schema = schema;
    this.#owner = owner;
    this.onKnown();
  }
}
