/** Values of SqlInfo under readable names. */

/** Support of transactions. */
export type SqlTransactionSupport =
  | "NONE"
  | "TRANSACTION"
  | "SAVEPOINT";

/** Case of identifiers. */
export type SqlIdentifierCase =
  | "UNKNOWN"
  | "CASE_INSENSITIVE"
  | "UPPERCASE"
  | "LOWERCASE";

/** Place of nulls among sorted values. */
export type SqlNullOrdering =
  | "SORTED_HIGH"
  | "SORTED_LOW"
  | "SORTED_AT_START"
  | "SORTED_AT_END";

/** Forms of GROUP BY. */
export type SqlGroupBy =
  | "UNRELATED"
  | "BEYOND_SELECT";

/** Grammars of ODBC. */
export type SqlGrammar =
  | "MINIMUM"
  | "CORE"
  | "EXTENDED";

/** Levels of SQL-92. */
export type SqlAnsi92Level =
  | "ENTRY"
  | "INTERMEDIATE"
  | "FULL";

/** Support of outer joins. */
export type SqlOuterJoins =
  | "LIMITED"
  | "FULL";

/** Places where a qualifier may stand. */
export type SqlElementAction =
  | "IN_PROCEDURE_CALLS"
  | "IN_INDEX_DEFINITIONS"
  | "IN_PRIVILEGE_DEFINITIONS";

/** Commands at a cursor. */
export type SqlPositionedCommand =
  | "DELETE"
  | "UPDATE";

/** Places where subqueries may stand. */
export type SqlSubquery =
  | "IN_COMPARISONS"
  | "IN_EXISTS"
  | "IN_INS"
  | "IN_QUANTIFIEDS";

/** Forms of UNION. */
export type SqlUnion =
  | "UNION"
  | "UNION_ALL";

/** Isolation levels of transactions. */
export type SqlIsolationLevel =
  | "NONE"
  | "READ_UNCOMMITTED"
  | "READ_COMMITTED"
  | "REPEATABLE_READ"
  | "SERIALIZABLE";

/** Kinds of result sets. */
export type SqlResultSetType =
  | "UNSPECIFIED"
  | "FORWARD_ONLY"
  | "SCROLL_INSENSITIVE"
  | "SCROLL_SENSITIVE";

/** Concurrency of result sets. */
export type SqlResultSetConcurrency =
  | "UNSPECIFIED"
  | "READ_ONLY"
  | "UPDATABLE";

/**
 * Facts about a database and its SQL, by the names of SqlInfo in FlightSql.proto. A server gives those that it
 * knows; a client gets those that the server has sent.
 */
export interface SqlInfo {
  /** Name of the product. */
  readonly name?: string | undefined;
  /** Version of the product, such as `3.53.2`; JDBC splits it at the dots. */
  readonly version?: string | undefined;
  /** Version of the Arrow format. */
  readonly arrowVersion?: string | undefined;
  /** True if all statements that write fail. */
  readonly readOnly?: boolean | undefined;
  /** True if SQL is understood. */
  readonly sql?: boolean | undefined;
  /** True if Substrait plans are understood. */
  readonly substrait?: boolean | undefined;
  /** Oldest version of Substrait that is understood. */
  readonly substraitMinVersion?: string | undefined;
  /** Newest version of Substrait that is understood. */
  readonly substraitMaxVersion?: string | undefined;
  /** Support of transactions: none, transactions, or savepoints in them too. */
  readonly transaction?: SqlTransactionSupport | undefined;
  /** True if queries can be canceled. */
  readonly cancel?: boolean | undefined;
  /** True if tables can be filled by an ingest. */
  readonly bulkIngestion?: boolean | undefined;
  /** True if an ingest can be part of a transaction. */
  readonly ingestTransactionsSupported?: boolean | undefined;
  /** Time after which an unused statement ends, in milliseconds; 0 is never. */
  readonly statementTimeout?: number | undefined;
  /** Time after which an unused transaction is rolled back, in milliseconds; 0 is never. */
  readonly transactionTimeout?: number | undefined;
  /** True if catalogs can be created and dropped. */
  readonly ddlCatalog?: boolean | undefined;
  /** True if schemas can be created and dropped. */
  readonly ddlSchema?: boolean | undefined;
  /** True if tables can be created and dropped. */
  readonly ddlTable?: boolean | undefined;
  /** Case of identifiers without quotes. */
  readonly identifierCase?: SqlIdentifierCase | undefined;
  /** Quotation mark around identifiers. */
  readonly identifierQuoteChar?: string | undefined;
  /** Case of identifiers within quotes. */
  readonly quotedIdentifierCase?: SqlIdentifierCase | undefined;
  /** True if the caller may read every table that GetTables gives. */
  readonly allTablesAreSelectable?: boolean | undefined;
  /** Place of nulls among sorted values. */
  readonly nullOrdering?: SqlNullOrdering | undefined;
  /** Keywords that are not reserved in SQL:2003. */
  readonly keywords?: readonly string[] | undefined;
  /** Names of numeric functions. */
  readonly numericFunctions?: readonly string[] | undefined;
  /** Names of text functions. */
  readonly stringFunctions?: readonly string[] | undefined;
  /** Names of system functions. */
  readonly systemFunctions?: readonly string[] | undefined;
  /** Names of functions of dates and times. */
  readonly datetimeFunctions?: readonly string[] | undefined;
  /** Character that escapes `%` and `_` in the patterns of metadata commands. */
  readonly searchStringEscape?: string | undefined;
  /** Characters of identifiers without quotes beyond letters, digits and `_`. */
  readonly extraNameCharacters?: string | undefined;
  /** True if columns may have aliases. */
  readonly supportsColumnAliasing?: boolean | undefined;
  /** True if null and anything concatenated are null. */
  readonly nullPlusNullIsNull?: boolean | undefined;
  /** Types that CONVERT makes of each type, by the numbers of SqlSupportsConvert. */
  readonly supportsConvert?: ReadonlyMap<number, readonly number[]> | undefined;
  /** True if tables may have aliases. */
  readonly supportsTableCorrelationNames?: boolean | undefined;
  /** True if an alias must differ from every name of a table. */
  readonly supportsDifferentTableCorrelationNames?: boolean | undefined;
  /** True if ORDER BY takes expressions. */
  readonly supportsExpressionsInOrderBy?: boolean | undefined;
  /** True if ORDER BY takes columns that are not selected. */
  readonly supportsOrderByUnrelated?: boolean | undefined;
  /** Forms of GROUP BY. */
  readonly supportedGroupBy?: readonly SqlGroupBy[] | undefined;
  /** True if LIKE has ESCAPE. */
  readonly supportsLikeEscapeClause?: boolean | undefined;
  /** True if columns may be NOT NULL. */
  readonly supportsNonNullableColumns?: boolean | undefined;
  /** Grammars of ODBC that are understood. */
  readonly supportedGrammar?: readonly SqlGrammar[] | undefined;
  /** Levels of SQL-92 that are understood. */
  readonly ansi92SupportedLevel?: readonly SqlAnsi92Level[] | undefined;
  /** True if constraints of SQL are understood. */
  readonly supportsIntegrityEnhancementFacility?: boolean | undefined;
  /** Support of outer joins. Sent as bits, as JDBC and ODBC read it; none by default. */
  readonly outerJoinsSupportLevel?: readonly SqlOuterJoins[] | undefined;
  /** Word for a schema. */
  readonly schemaTerm?: string | undefined;
  /** Word for a procedure. */
  readonly procedureTerm?: string | undefined;
  /** Word for a catalog; empty without catalogs. */
  readonly catalogTerm?: string | undefined;
  /** True if a catalog stands at the start of a qualified name. */
  readonly catalogAtStart?: boolean | undefined;
  /** Places where a schema may qualify a name. */
  readonly schemasSupportedActions?: readonly SqlElementAction[] | undefined;
  /** Places where a catalog may qualify a name. */
  readonly catalogsSupportedActions?: readonly SqlElementAction[] | undefined;
  /** Commands at a cursor. */
  readonly supportedPositionedCommands?:
    | readonly SqlPositionedCommand[]
    | undefined;
  /** True if SELECT FOR UPDATE is understood. */
  readonly selectForUpdateSupported?: boolean | undefined;
  /** True if stored procedures can be called. */
  readonly storedProceduresSupported?: boolean | undefined;
  /** Places where subqueries may stand. */
  readonly supportedSubqueries?: readonly SqlSubquery[] | undefined;
  /** True if subqueries may refer to the query around them. */
  readonly correlatedSubqueriesSupported?: boolean | undefined;
  /** Forms of UNION. */
  readonly supportedUnions?: readonly SqlUnion[] | undefined;
  /** Longest binary literal; 0 is no limit, or unknown. */
  readonly maxBinaryLiteralLength?: bigint | number | undefined;
  /** Longest text literal; 0 is no limit, or unknown. */
  readonly maxCharLiteralLength?: bigint | number | undefined;
  /** Longest name of a column; 0 is no limit, or unknown. */
  readonly maxColumnNameLength?: bigint | number | undefined;
  /** Most columns in GROUP BY; 0 is no limit, or unknown. */
  readonly maxColumnsInGroupBy?: bigint | number | undefined;
  /** Most columns of an index; 0 is no limit, or unknown. */
  readonly maxColumnsInIndex?: bigint | number | undefined;
  /** Most columns in ORDER BY; 0 is no limit, or unknown. */
  readonly maxColumnsInOrderBy?: bigint | number | undefined;
  /** Most columns of a SELECT; 0 is no limit, or unknown. */
  readonly maxColumnsInSelect?: bigint | number | undefined;
  /** Most columns of a table; 0 is no limit, or unknown. */
  readonly maxColumnsInTable?: bigint | number | undefined;
  /** Most connections; 0 is no limit, or unknown. */
  readonly maxConnections?: bigint | number | undefined;
  /** Longest name of a cursor; 0 is no limit, or unknown. */
  readonly maxCursorNameLength?: bigint | number | undefined;
  /** Largest index entry in bytes; 0 is no limit, or unknown. */
  readonly maxIndexLength?: bigint | number | undefined;
  /** Longest name of a schema; 0 is no limit, or unknown. */
  readonly dbSchemaNameLength?: bigint | number | undefined;
  /** Longest name of a procedure; 0 is no limit, or unknown. */
  readonly maxProcedureNameLength?: bigint | number | undefined;
  /** Longest name of a catalog; 0 is no limit, or unknown. */
  readonly maxCatalogNameLength?: bigint | number | undefined;
  /** Largest row in bytes; 0 is no limit, or unknown. */
  readonly maxRowSize?: bigint | number | undefined;
  /** True if `maxRowSize` counts large binary values. */
  readonly maxRowSizeIncludesBlobs?: boolean | undefined;
  /** Longest statement; 0 is no limit, or unknown. */
  readonly maxStatementLength?: bigint | number | undefined;
  /** Most open statements; 0 is no limit, or unknown. */
  readonly maxStatements?: bigint | number | undefined;
  /** Longest name of a table; 0 is no limit, or unknown. */
  readonly maxTableNameLength?: bigint | number | undefined;
  /** Most tables in a SELECT; 0 is no limit, or unknown. */
  readonly maxTablesInSelect?: bigint | number | undefined;
  /** Longest name of a user; 0 is no limit, or unknown. */
  readonly maxUsernameLength?: bigint | number | undefined;
  /** Isolation of a transaction by default. Sent as the constant of JDBC. */
  readonly defaultTransactionIsolation?: SqlIsolationLevel | undefined;
  /** True if there are transactions. */
  readonly transactionsSupported?: boolean | undefined;
  /** Isolation levels of transactions. */
  readonly supportedTransactionsIsolationLevels?:
    | readonly SqlIsolationLevel[]
    | undefined;
  /** True if data definition commits a transaction. */
  readonly dataDefinitionCausesTransactionCommit?: boolean | undefined;
  /** True if data definition in a transaction is ignored. */
  readonly dataDefinitionsInTransactionsIgnored?: boolean | undefined;
  /** Kinds of result sets. */
  readonly supportedResultSetTypes?: readonly SqlResultSetType[] | undefined;
  /** Concurrency of result sets of no kind. */
  readonly supportedConcurrenciesForResultSetUnspecified?:
    | readonly SqlResultSetConcurrency[]
    | undefined;
  /** Concurrency of forward-only result sets. */
  readonly supportedConcurrenciesForResultSetForwardOnly?:
    | readonly SqlResultSetConcurrency[]
    | undefined;
  /** Concurrency of result sets that scroll and see changes. */
  readonly supportedConcurrenciesForResultSetScrollSensitive?:
    | readonly SqlResultSetConcurrency[]
    | undefined;
  /** Concurrency of result sets that scroll and see no changes. */
  readonly supportedConcurrenciesForResultSetScrollInsensitive?:
    | readonly SqlResultSetConcurrency[]
    | undefined;
  /** True if a prepared update takes many rows of parameters. */
  readonly batchUpdatesSupported?: boolean | undefined;
  /** True if transactions have savepoints. */
  readonly savepointsSupported?: boolean | undefined;
  /** True if parameters of procedures have names. */
  readonly namedParametersSupported?: boolean | undefined;
  /** True if a change of a large value changes a copy. */
  readonly locatorsUpdateCopy?: boolean | undefined;
  /** True if functions can be called by CALL. */
  readonly storedFunctionsUsingCallSyntaxSupported?: boolean | undefined;
  /**
   * Values of other ids: 10,000 and more are free for a server's own. A server sends those only where a client
   * asks for them by id.
   */
  readonly others?: ReadonlyMap<number, SqlInfoValue> | undefined;
}

/** A value of SqlInfo as the wire has it: the child of the union follows from the type. */
export type SqlInfoValue =
  | string
  | boolean
  | bigint
  | number
  | readonly string[]
  | ReadonlyMap<number, readonly number[]>;
