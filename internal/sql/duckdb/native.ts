/** The part of `@duckdb/node-api` that is used here, which belongs to the application. */

/** A type of DuckDB. */
export interface DuckType {
  /** Number of the type. */
  readonly typeId: number;
  /** Width and scale of a decimal. */
  readonly width?: number;
  readonly scale?: number;
  /** Type of the elements of a list or an array. */
  readonly valueType?: DuckType;
  /** Length of an array. */
  readonly length?: number;
  /** Names and types of the fields of a struct. */
  readonly entryNames?: readonly string[];
  readonly entryTypes?: readonly DuckType[];
  /** Type of the keys of a map. */
  readonly keyType?: DuckType;
  /** Names and types of the members of a union. */
  readonly memberTags?: readonly string[];
  readonly memberTypes?: readonly DuckType[];
  /** Values of an enum. */
  readonly values?: readonly string[];
  toString(): string;
}

/** Validity of the items of a vector; without data, all are valid. */
interface DuckValidity {
  readonly data: BigUint64Array | null;
  readonly offset: number;
  setItemValid(item: number, valid: boolean): void;
}

/** Arrays that hold items of a fixed width. */
export type DuckItems =
  | Int8Array
  | Int16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigUint64Array
  | Float32Array
  | Float64Array;

/** A column of a chunk: a view of memory of the engine, until the next chunk is fetched. */
export interface DuckVector {
  readonly type: DuckType;
  readonly itemCount: number;
  readonly validity: DuckValidity;
  /** Items of a fixed width. */
  readonly items?: DuckItems;
  /** Items of any other layout. */
  readonly dataView?: DataView;
  /** Elements of lists. */
  readonly childVector?: DuckVector;
  readonly entryData?: BigUint64Array;
  /** Elements of arrays. */
  readonly childData?: DuckVector;
  /** Pairs of maps, as a list of structs. */
  readonly listVector?: DuckVector;
  /** Tag and members of unions, as a struct. */
  readonly structVector?: DuckVector;
  /** Fields of structs. */
  readonly entryVectors?: readonly DuckVector[];
  getItem(item: number): unknown;
  setItem(item: number, value: unknown): void;
  flush(): void;
}

/** Some rows. */
interface DuckChunk {
  readonly rowCount: number;
  readonly columnCount: number;
  getColumnVector(column: number): DuckVector;
}

/** The class of chunks. */
export interface DuckChunkClass {
  create(types: readonly DuckType[], rows: number): DuckChunk;
}

/** A result. */
export interface DuckResult {
  readonly columnCount: number;
  readonly rowsChanged: number;
  /** Number of rows, of a result that is in memory. */
  readonly rowCount: number;
  columnName(column: number): string;
  columnType(column: number): DuckType;
  fetchChunk(): Promise<DuckChunk | null>;
  getRows(): Promise<unknown[][]>;
}

/** A prepared statement. */
export interface DuckStatement {
  readonly statementType: number;
  readonly parameterCount: number;
  readonly columnCount: number;
  parameterName(index: number): string;
  parameterTypeId(index: number): number;
  parameterType(index: number): DuckType;
  columnName(index: number): string;
  columnTypeId(index: number): number;
  columnType(index: number): DuckType;
  clearBindings(): void;
  bindNull(index: number): void;
  bindBoolean(index: number, value: boolean): void;
  bindInteger(index: number, value: number): void;
  bindBigInt(index: number, value: bigint): void;
  bindUBigInt(index: number, value: bigint): void;
  bindFloat(index: number, value: number): void;
  bindDouble(index: number, value: number): void;
  bindDecimal(
    index: number,
    value: { width: number; scale: number; value: bigint },
  ): void;
  bindDate(index: number, value: { days: number }): void;
  bindTime(index: number, value: { micros: bigint }): void;
  bindTimestamp(index: number, value: { micros: bigint }): void;
  bindInterval(
    index: number,
    value: { months: number; days: number; micros: bigint },
  ): void;
  bindVarchar(index: number, value: string): void;
  bindBlob(index: number, value: Uint8Array): void;
  bindValue(index: number, value: unknown, type: DuckType): void;
  run(): Promise<DuckResult>;
  stream(): Promise<DuckResult>;
  destroySync(): void;
}

/** Writes into a table. */
export interface DuckAppender {
  readonly columnCount: number;
  columnType(column: number): DuckType;
  appendDataChunk(chunk: DuckChunk): void;
  flushSync(): void;
  closeSync(): void;
}

/** A connection. */
export interface DuckConnection {
  interrupt(): void;
  run(sql: string, values?: unknown[]): Promise<DuckResult>;
  stream(sql: string): Promise<DuckResult>;
  extractStatements(sql: string): Promise<{
    readonly count: number;
    prepare(index: number): Promise<DuckStatement>;
  }>;
  createAppender(
    table: string,
    schema?: string | null,
    catalog?: string | null,
  ): Promise<DuckAppender>;
  closeSync(): void;
}

/** A database: `DuckDBInstance` of `@duckdb/node-api`. */
export interface DuckDBInstanceLike {
  /**
   * Opens a connection.
   *
   * @returns The connection.
   */
  connect(): Promise<unknown>;
  /** Closes the database. */
  closeSync(): void;
}

/** Numbers of types (duckdb.h). */
export const DUCK_TYPE = {
  BOOLEAN: 1,
  TINYINT: 2,
  SMALLINT: 3,
  INTEGER: 4,
  BIGINT: 5,
  UTINYINT: 6,
  USMALLINT: 7,
  UINTEGER: 8,
  UBIGINT: 9,
  FLOAT: 10,
  DOUBLE: 11,
  TIMESTAMP: 12,
  DATE: 13,
  TIME: 14,
  INTERVAL: 15,
  HUGEINT: 16,
  VARCHAR: 17,
  BLOB: 18,
  DECIMAL: 19,
  TIMESTAMP_S: 20,
  TIMESTAMP_MS: 21,
  TIMESTAMP_NS: 22,
  ENUM: 23,
  LIST: 24,
  STRUCT: 25,
  MAP: 26,
  UUID: 27,
  UNION: 28,
  BIT: 29,
  TIME_TZ: 30,
  TIMESTAMP_TZ: 31,
  UHUGEINT: 32,
  ARRAY: 33,
  TIME_NS: 39,
} as const;

/** Numbers of kinds of statements (duckdb.h). */
export const DUCK_STATEMENT = {
  SELECT: 1,
  INSERT: 2,
  UPDATE: 3,
  EXPLAIN: 4,
  DELETE: 5,
  CREATE: 7,
  ALTER: 9,
  CREATE_FUNC: 14,
  DROP: 15,
  MERGE_INTO: 30,
} as const;
