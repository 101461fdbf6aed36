/** Ids of SqlInfo: names, union children and defaults. */

import type { SqlInfo } from "./sql_info.ts";

const TRANSACTIONS = ["NONE", "TRANSACTION", "SAVEPOINT"] as const;
const CASES = [
  "UNKNOWN",
  "CASE_INSENSITIVE",
  "UPPERCASE",
  "LOWERCASE",
] as const;
const NULL_ORDERINGS = [
  "SORTED_HIGH",
  "SORTED_LOW",
  "SORTED_AT_START",
  "SORTED_AT_END",
] as const;
const GROUP_BYS = ["UNRELATED", "BEYOND_SELECT"] as const;
const GRAMMARS = ["MINIMUM", "CORE", "EXTENDED"] as const;
const ANSI92_LEVELS = ["ENTRY", "INTERMEDIATE", "FULL"] as const;
const OUTER_JOINS = ["", "LIMITED", "FULL"] as const;
const ELEMENT_ACTIONS = [
  "IN_PROCEDURE_CALLS",
  "IN_INDEX_DEFINITIONS",
  "IN_PRIVILEGE_DEFINITIONS",
] as const;
const POSITIONED_COMMANDS = ["DELETE", "UPDATE"] as const;
const SUBQUERIES = [
  "IN_COMPARISONS",
  "IN_EXISTS",
  "IN_INS",
  "IN_QUANTIFIEDS",
] as const;
const UNIONS = ["UNION", "UNION_ALL"] as const;
const ISOLATION_LEVELS = [
  "NONE",
  "READ_UNCOMMITTED",
  "READ_COMMITTED",
  "REPEATABLE_READ",
  "SERIALIZABLE",
] as const;
const RESULT_SET_TYPES = [
  "UNSPECIFIED",
  "FORWARD_ONLY",
  "SCROLL_INSENSITIVE",
  "SCROLL_SENSITIVE",
] as const;
const RESULT_SET_CONCURRENCIES = [
  "UNSPECIFIED",
  "READ_ONLY",
  "UPDATABLE",
] as const;

/** Kind of a value: its child of the union, and its meaning. */
type SqlInfoKind =
  | "text"
  | "flag"
  | "int32"
  | "int64"
  | "texts"
  | "map"
  | "choice32"
  | "choice64"
  | "bits"
  | "isolation";

/** An id of SqlInfo. */
export interface SqlInfoEntry {
  /** Number on the wire. */
  readonly id: number;
  /** Name in {@linkcode SqlInfo}. */
  readonly name: Exclude<keyof SqlInfo, "others">;
  /** Kind of the value. */
  readonly kind: SqlInfoKind;
  /** Names of the values, in the order of their numbers, where there are few. */
  readonly names: readonly string[];
  /** Value where a server gives none; `undefined` for an id that is left out then. */
  readonly fallback: unknown;
}

type Row = readonly [
  id: number,
  name: SqlInfoEntry["name"],
  kind: SqlInfoKind,
  fallback?: unknown,
  names?: readonly string[],
];

/**
 * Every standard id. The children are those that clients read, which differ from the comments of
 * FlightSql.proto for 503, 505, 507 and 562 (int64) and 528 (bits).
 */
const ROWS: readonly Row[] = [
  [0, "name", "text", "Flight SQL server"],
  [1, "version", "text", "0.0"],
  [2, "arrowVersion", "text", "1.5"],
  [3, "readOnly", "flag", false],
  [4, "sql", "flag", true],
  [5, "substrait", "flag", false],
  [6, "substraitMinVersion", "text", undefined],
  [7, "substraitMaxVersion", "text", undefined],
  [8, "transaction", "choice32", "NONE", TRANSACTIONS],
  [9, "cancel", "flag", true],
  [10, "bulkIngestion", "flag", false],
  [11, "ingestTransactionsSupported", "flag", false],
  [100, "statementTimeout", "int32", 0],
  [101, "transactionTimeout", "int32", 0],
  [500, "ddlCatalog", "flag", false],
  [501, "ddlSchema", "flag", false],
  [502, "ddlTable", "flag", true],
  [503, "identifierCase", "choice64", "UNKNOWN", CASES],
  [504, "identifierQuoteChar", "text", '"'],
  [505, "quotedIdentifierCase", "choice64", "UNKNOWN", CASES],
  [506, "allTablesAreSelectable", "flag", true],
  [507, "nullOrdering", "choice64", "SORTED_HIGH", NULL_ORDERINGS],
  [508, "keywords", "texts", []],
  [509, "numericFunctions", "texts", []],
  [510, "stringFunctions", "texts", []],
  [511, "systemFunctions", "texts", []],
  [512, "datetimeFunctions", "texts", []],
  [513, "searchStringEscape", "text", "\\"],
  [514, "extraNameCharacters", "text", ""],
  [515, "supportsColumnAliasing", "flag", true],
  [516, "nullPlusNullIsNull", "flag", true],
  [517, "supportsConvert", "map", new Map()],
  [518, "supportsTableCorrelationNames", "flag", true],
  [519, "supportsDifferentTableCorrelationNames", "flag", false],
  [520, "supportsExpressionsInOrderBy", "flag", true],
  [521, "supportsOrderByUnrelated", "flag", true],
  [522, "supportedGroupBy", "bits", [], GROUP_BYS],
  [523, "supportsLikeEscapeClause", "flag", true],
  [524, "supportsNonNullableColumns", "flag", true],
  [525, "supportedGrammar", "bits", ["MINIMUM"], GRAMMARS],
  [526, "ansi92SupportedLevel", "bits", ["ENTRY"], ANSI92_LEVELS],
  [527, "supportsIntegrityEnhancementFacility", "flag", false],
  [528, "outerJoinsSupportLevel", "bits", [], OUTER_JOINS],
  [529, "schemaTerm", "text", "schema"],
  [530, "procedureTerm", "text", "procedure"],
  [531, "catalogTerm", "text", "catalog"],
  [532, "catalogAtStart", "flag", true],
  [533, "schemasSupportedActions", "bits", [], ELEMENT_ACTIONS],
  [534, "catalogsSupportedActions", "bits", [], ELEMENT_ACTIONS],
  [535, "supportedPositionedCommands", "bits", [], POSITIONED_COMMANDS],
  [536, "selectForUpdateSupported", "flag", false],
  [537, "storedProceduresSupported", "flag", false],
  [538, "supportedSubqueries", "bits", [], SUBQUERIES],
  [539, "correlatedSubqueriesSupported", "flag", false],
  [540, "supportedUnions", "bits", [], UNIONS],
  [541, "maxBinaryLiteralLength", "int64", 0n],
  [542, "maxCharLiteralLength", "int64", 0n],
  [543, "maxColumnNameLength", "int64", 0n],
  [544, "maxColumnsInGroupBy", "int64", 0n],
  [545, "maxColumnsInIndex", "int64", 0n],
  [546, "maxColumnsInOrderBy", "int64", 0n],
  [547, "maxColumnsInSelect", "int64", 0n],
  [548, "maxColumnsInTable", "int64", 0n],
  [549, "maxConnections", "int64", 0n],
  [550, "maxCursorNameLength", "int64", 0n],
  [551, "maxIndexLength", "int64", 0n],
  [552, "dbSchemaNameLength", "int64", 0n],
  [553, "maxProcedureNameLength", "int64", 0n],
  [554, "maxCatalogNameLength", "int64", 0n],
  [555, "maxRowSize", "int64", 0n],
  [556, "maxRowSizeIncludesBlobs", "flag", true],
  [557, "maxStatementLength", "int64", 0n],
  [558, "maxStatements", "int64", 0n],
  [559, "maxTableNameLength", "int64", 0n],
  [560, "maxTablesInSelect", "int64", 0n],
  [561, "maxUsernameLength", "int64", 0n],
  [562, "defaultTransactionIsolation", "isolation", "NONE", ISOLATION_LEVELS],
  [563, "transactionsSupported", "flag", false],
  [564, "supportedTransactionsIsolationLevels", "bits", [], ISOLATION_LEVELS],
  [565, "dataDefinitionCausesTransactionCommit", "flag", false],
  [566, "dataDefinitionsInTransactionsIgnored", "flag", false],
  [567, "supportedResultSetTypes", "bits", ["FORWARD_ONLY"], RESULT_SET_TYPES],
  [
    568,
    "supportedConcurrenciesForResultSetUnspecified",
    "bits",
    [],
    RESULT_SET_CONCURRENCIES,
  ],
  [
    569,
    "supportedConcurrenciesForResultSetForwardOnly",
    "bits",
    ["READ_ONLY"],
    RESULT_SET_CONCURRENCIES,
  ],
  [
    570,
    "supportedConcurrenciesForResultSetScrollSensitive",
    "bits",
    [],
    RESULT_SET_CONCURRENCIES,
  ],
  [
    571,
    "supportedConcurrenciesForResultSetScrollInsensitive",
    "bits",
    [],
    RESULT_SET_CONCURRENCIES,
  ],
  [572, "batchUpdatesSupported", "flag", true],
  [573, "savepointsSupported", "flag", false],
  [574, "namedParametersSupported", "flag", false],
  [575, "locatorsUpdateCopy", "flag", false],
  [576, "storedFunctionsUsingCallSyntaxSupported", "flag", false],
];

/** Every standard id, in ascending order. */
export const SQL_INFO_ENTRIES: readonly SqlInfoEntry[] = ROWS.map((
  [id, name, kind, fallback, names = []],
) => ({ id, name, kind, fallback, names }));
