/** Facts about SQLite, for GetSqlInfo. */

import type { SqlInfo } from "../metadata/sql_info.ts";

/** @see https://www.sqlite.org/lang_keywords.html */
const KEYWORDS =
  `ABORT ACTION ADD AFTER ALL ALTER ALWAYS ANALYZE AND AS ASC ATTACH AUTOINCREMENT BEFORE BEGIN BETWEEN BY
   CASCADE CASE CAST CHECK COLLATE COLUMN COMMIT CONFLICT CONSTRAINT CREATE CROSS CURRENT CURRENT_DATE
   CURRENT_TIME CURRENT_TIMESTAMP DATABASE DEFAULT DEFERRABLE DEFERRED DELETE DESC DETACH DISTINCT DO DROP
   EACH ELSE END ESCAPE EXCEPT EXCLUDE EXCLUSIVE EXISTS EXPLAIN FAIL FILTER FIRST FOLLOWING FOR FOREIGN FROM
   FULL GENERATED GLOB GROUP GROUPS HAVING IF IGNORE IMMEDIATE IN INDEX INDEXED INITIALLY INNER INSERT INSTEAD
   INTERSECT INTO IS ISNULL JOIN KEY LAST LEFT LIKE LIMIT MATCH MATERIALIZED NATURAL NO NOT NOTHING NOTNULL
   NULL NULLS OF OFFSET ON OR ORDER OTHERS OUTER OVER PARTITION PLAN PRAGMA PRECEDING PRIMARY QUERY RAISE
   RANGE RECURSIVE REFERENCES REGEXP REINDEX RELEASE RENAME REPLACE RESTRICT RETURNING RIGHT ROLLBACK ROW ROWS
   SAVEPOINT SELECT SET TABLE TEMP TEMPORARY THEN TIES TO TRANSACTION TRIGGER UNBOUNDED UNION UNIQUE UPDATE
   USING VACUUM VALUES VIEW VIRTUAL WHEN WHERE WINDOW WITH WITHOUT`.split(
    /\s+/,
  );

/** Makes the facts about a database. */
export function sqliteInfo(
  version: string,
  readOnly: boolean,
  maxConnections: number,
): SqlInfo {
  return {
    name: "SQLite",
    version,
    readOnly,
    sql: true,
    substrait: false,
    transaction: "SAVEPOINT",
    cancel: true,
    bulkIngestion: !readOnly,
    ingestTransactionsSupported: !readOnly,
    ddlCatalog: false,
    ddlSchema: false,
    ddlTable: !readOnly,
    identifierCase: "CASE_INSENSITIVE",
    identifierQuoteChar: '"',
    quotedIdentifierCase: "CASE_INSENSITIVE",
    allTablesAreSelectable: true,
    nullOrdering: "SORTED_LOW",
    keywords: KEYWORDS,
    numericFunctions: ["ABS", "MAX", "MIN", "RANDOM", "ROUND", "SIGN"],
    stringFunctions: [
      "INSTR",
      "LENGTH",
      "LOWER",
      "LTRIM",
      "REPLACE",
      "RTRIM",
      "SUBSTR",
      "TRIM",
      "UPPER",
    ],
    systemFunctions: ["COALESCE", "IFNULL", "NULLIF", "TYPEOF"],
    datetimeFunctions: ["DATE", "DATETIME", "JULIANDAY", "STRFTIME", "TIME"],
    extraNameCharacters: "$",
    supportsColumnAliasing: true,
    nullPlusNullIsNull: true,
    supportsTableCorrelationNames: true,
    supportsDifferentTableCorrelationNames: false,
    supportsExpressionsInOrderBy: true,
    supportsOrderByUnrelated: true,
    supportedGroupBy: ["UNRELATED", "BEYOND_SELECT"],
    supportsLikeEscapeClause: true,
    supportsNonNullableColumns: true,
    supportsIntegrityEnhancementFacility: true,
    outerJoinsSupportLevel: ["LIMITED", "FULL"],
    catalogTerm: "database",
    catalogAtStart: true,
    catalogsSupportedActions: ["IN_INDEX_DEFINITIONS"],
    correlatedSubqueriesSupported: true,
    maxConnections: Number.isFinite(maxConnections) ? maxConnections : 0,
    maxColumnsInSelect: 2000,
    maxColumnsInTable: 2000,
    defaultTransactionIsolation: "SERIALIZABLE",
    transactionsSupported: true,
    supportedTransactionsIsolationLevels: ["SERIALIZABLE"],
    dataDefinitionCausesTransactionCommit: false,
    dataDefinitionsInTransactionsIgnored: false,
    batchUpdatesSupported: true,
    savepointsSupported: true,
    namedParametersSupported: true,
  };
}
