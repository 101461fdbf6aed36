/**
 * The kinds of columns: declared types of SQLite and their Arrow types.
 *
 * @see https://www.sqlite.org/datatype3.html
 */

/** The Arrow type of a column, by a name that a worker can receive. */
export type ColumnKind =
  | "int64"
  | "float64"
  | "bool"
  | "utf8"
  | "binary"
  | "date32"
  | "time64[us]"
  | "time64[ns]"
  | "timestamp[s]"
  | "timestamp[ms]"
  | "timestamp[us]"
  | "timestamp[ns]"
  | "timestamp[us, UTC]";

/** A column of a result. */
export interface ColumnInfo {
  /** Name as the statement gives it. */
  readonly name: string;
  /** Arrow type of the values. */
  readonly kind: ColumnKind;
  /** Declared type, if the column comes from a table. */
  readonly declared: string | undefined;
  /** Table that the column comes from. */
  readonly table: string | undefined;
  /** Catalog of that table. */
  readonly database: string | undefined;
}

/** Reading of declared dates and times: as such, or as the texts and numbers that are stored. */
export type TemporalTypes = "arrow" | "text";

/** Storage classes as bits. */
export const INTEGER = 1;
/** Bit of REAL. */
export const REAL = 2;
/** Bit of TEXT. */
export const TEXT = 4;
/** Bit of BLOB. */
export const BLOB = 8;
/** Every storage class. */
export const ANY: number = INTEGER | REAL | TEXT | BLOB;

const TIMES: ReadonlyMap<string, ColumnKind> = new Map([
  ["DATE", "date32"],
  ["TIME", "time64[us]"],
  ["TIME_NS", "time64[ns]"],
  ["DATETIME", "timestamp[us]"],
  ["TIMESTAMP", "timestamp[us]"],
  ["TIMESTAMP_S", "timestamp[s]"],
  ["TIMESTAMP_MS", "timestamp[ms]"],
  ["TIMESTAMP_NS", "timestamp[ns]"],
  ["TIMESTAMPTZ", "timestamp[us, UTC]"],
  ["TIMESTAMP WITH TIME ZONE", "timestamp[us, UTC]"],
]);

/**
 * Kind of a declared type: dates, times and booleans by their names, everything else by the affinity rules
 * of SQLite (section 3.1).
 *
 * @returns `undefined` for a type that may hold anything: none, or an unknown one of numeric affinity.
 */
export function declaredKind(
  declared: string | null | undefined,
  temporal: TemporalTypes,
): ColumnKind | undefined {
  if (declared === null || declared === undefined) return undefined;
  const name = declared.toUpperCase().replace(/\s*\(.*?\)\s*/, " ").trim();
  const time = TIMES.get(name);
  if (time !== undefined) return temporal === "arrow" ? time : "utf8";
  if (/^BOOL(EAN)?$/.test(name)) return "bool";
  if (name.includes("INT")) return "int64";
  if (/CHAR|CLOB|TEXT/.test(name)) return "utf8";
  if (/BLOB|BINARY|BYTEA/.test(name)) return "binary";
  if (/REAL|FLOA|DOUB/.test(name)) return "float64";
  if (/^(DECIMAL|DEC|NUMERIC|NUMBER|NUM|MONEY)\b/.test(name)) return "float64";
  return undefined;
}

/** Storage classes that a column of a kind holds. */
export function classesOf(kind: ColumnKind | undefined): number {
  switch (kind) {
    case "int64":
    case "bool":
      return INTEGER;
    case "float64":
      return REAL;
    case "binary":
      return BLOB;
    case undefined:
      return ANY;
    default:
      return TEXT;
  }
}

/** The kind that holds values of some storage classes: numbers if there are only numbers, else text. */
export function kindOfClasses(classes: number): ColumnKind {
  switch (classes) {
    case INTEGER:
      return "int64";
    case REAL:
    case INTEGER | REAL:
      return "float64";
    case BLOB:
      return "binary";
    default:
      return "utf8";
  }
}

/** The kind of the storage class in which values of a kind are. */
export function storageKind(kind: ColumnKind): ColumnKind {
  return kindOfClasses(classesOf(kind));
}
