/**
 * The JSON format of Arrow's integration tests: "JSON test data format" in
 * Arrow's documentation. Columns are written down buffer by buffer, integers
 * of 64 bits and decimals as text.
 *
 * @module
 */

/** A file. */
export interface JsonDocument {
  readonly schema: JsonSchema;
  readonly dictionaries?: readonly JsonDictionaryBatch[];
  readonly batches: readonly JsonBatch[];
}

/** A schema. */
export interface JsonSchema {
  readonly fields: readonly JsonField[];
  readonly metadata?: JsonMetadata | null;
}

/** Metadata, in its order. */
export type JsonMetadata = readonly {
  readonly key: string;
  readonly value: string;
}[];

/** Field. If it has a dictionary, type and children are of its values. */
export interface JsonField {
  readonly name: string;
  readonly type: JsonType;
  readonly nullable: boolean;
  readonly children: readonly JsonField[];
  readonly dictionary?: {
    readonly id: number;
    readonly indexType: JsonType;
    readonly isOrdered: boolean;
  };
  readonly metadata?: JsonMetadata | null;
}

/** A unit of time. */
export type JsonTimeUnit =
  | "SECOND"
  | "MILLISECOND"
  | "MICROSECOND"
  | "NANOSECOND";

/** A type, without its children. */
export type JsonType =
  | {
    readonly name:
      | "null"
      | "bool"
      | "binary"
      | "largebinary"
      | "binaryview"
      | "utf8"
      | "largeutf8"
      | "utf8view"
      | "list"
      | "largelist"
      | "listview"
      | "largelistview"
      | "struct"
      | "runendencoded";
  }
  | {
    readonly name: "int";
    readonly isSigned: boolean;
    readonly bitWidth: 8 | 16 | 32 | 64;
  }
  | {
    readonly name: "floatingpoint";
    readonly precision: "HALF" | "SINGLE" | "DOUBLE";
  }
  | {
    readonly name: "decimal";
    readonly precision: number;
    readonly scale: number;
    /** 128 where it is absent. */
    readonly bitWidth?: number;
  }
  | { readonly name: "date"; readonly unit: "DAY" | "MILLISECOND" }
  | {
    readonly name: "time";
    readonly unit: JsonTimeUnit;
    readonly bitWidth: 32 | 64;
  }
  | {
    readonly name: "timestamp";
    readonly unit: JsonTimeUnit;
    readonly timezone?: string;
  }
  | { readonly name: "duration"; readonly unit: JsonTimeUnit }
  | {
    readonly name: "interval";
    readonly unit: "YEAR_MONTH" | "DAY_TIME" | "MONTH_DAY_NANO";
  }
  | { readonly name: "fixedsizebinary"; readonly byteWidth: number }
  | { readonly name: "fixedsizelist"; readonly listSize: number }
  | { readonly name: "map"; readonly keysSorted: boolean }
  | {
    readonly name: "union";
    readonly mode: "SPARSE" | "DENSE";
    readonly typeIds: readonly number[];
  };

/** The values of a dictionary: a batch of one column. */
export interface JsonDictionaryBatch {
  readonly id: number;
  readonly data: JsonBatch;
}

/** A record batch. */
export interface JsonBatch {
  readonly count: number;
  readonly columns: readonly JsonColumn[];
}

/** An integer: a bigint where a number could not hold it. */
export type JsonInteger = number | bigint;

/** A value of DATA. */
export type JsonValue =
  | boolean
  | number
  | string
  | Readonly<Record<string, JsonInteger>>;

/** A view: of bytes that it holds itself, or of a data buffer. */
export type JsonView =
  | { readonly SIZE: number; readonly INLINED: string }
  | {
    readonly SIZE: number;
    readonly PREFIX_HEX: string;
    readonly BUFFER_INDEX: number;
    readonly OFFSET: number;
  };

/** A column; each type has some of the buffers. */
export interface JsonColumn {
  readonly name: string;
  /** The number of rows. */
  readonly count: number;
  /** 1 for a value, 0 for null. */
  readonly VALIDITY?: readonly number[];
  readonly TYPE_ID?: readonly number[];
  /** Text where they are of 64 bits. */
  readonly OFFSET?: readonly (number | string)[];
  readonly SIZE?: readonly (number | string)[];
  readonly DATA?: readonly JsonValue[];
  readonly VIEWS?: readonly JsonView[];
  /** Hexadecimal. */
  readonly VARIADIC_DATA_BUFFERS?: readonly string[];
  readonly children?: readonly JsonColumn[];
}

/** Feature of ECMAScript that the types here lack: the text of a number. */
const { parse, rawJSON } = JSON as unknown as {
  parse(
    text: string,
    reviver: (
      key: string,
      value: unknown,
      context: { source?: string },
    ) => unknown,
  ): unknown;
  rawJSON(text: string): unknown;
};

/** An integer as the format has it. */
export function jsonInteger(value: bigint): JsonInteger {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Reads a file; integers that a number cannot hold become bigints. */
export function parseDocument(text: string): JsonDocument {
  return parse(
    text,
    (_, value, { source }) =>
      Number.isInteger(value) && /^-?\d+$/.test(source ?? "")
        ? jsonInteger(BigInt(source!))
        : value,
  ) as JsonDocument;
}

/** The text of a file. */
export function documentText(document: JsonDocument): string {
  return JSON.stringify(
    document,
    (_, value) => typeof value === "bigint" ? rawJSON(`${value}`) : value,
  );
}
