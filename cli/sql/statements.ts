/** Effects of statements, as far as their words tell. */

import { type SqlDialect, tokensOf, wordsOf } from "./tokens.ts";

/** Effect of a statement, as far as its words tell. */
type StatementKind =
  | "query"
  | "update"
  | "begin"
  | "commit"
  | "rollback"
  | "savepoint"
  | "release"
  | "rollback to"
  | "unknown";

const FIRST_WORDS: Readonly<Record<string, StatementKind>> = {
  SELECT: "query",
  VALUES: "query",
  TABLE: "query",
  FROM: "query",
  SHOW: "query",
  EXPLAIN: "query",
  DESC: "query",
  DESCRIBE: "query",
  SUMMARIZE: "query",
  INSERT: "update",
  UPDATE: "update",
  DELETE: "update",
  MERGE: "update",
  REPLACE: "update",
  CREATE: "update",
  DROP: "update",
  ALTER: "update",
  TRUNCATE: "update",
  GRANT: "update",
  REVOKE: "update",
};

/** Tells whether a kind of statement belongs to a transaction, for which Flight SQL has calls. */
export function isTransactionKind(kind: StatementKind): boolean {
  return kind !== "query" && kind !== "update" && kind !== "unknown";
}

/** Words that may follow BEGIN and START TRANSACTION: the modes of a transaction. */
const MODE =
  /^(?:TRANSACTION|WORK|TRAN|DEFERRED|IMMEDIATE|EXCLUSIVE|CONCURRENT|READ|ONLY|WRITE|ISOLATION|LEVEL|SERIALIZABLE|REPEATABLE|COMMITTED|UNCOMMITTED|SNAPSHOT|NOT|DEFERRABLE|,)$/;

/** Finds out what a statement does. Other words, WITH and RETURNING are for the server to tell. */
export function kindOfStatement(
  statement: string,
  dialect?: SqlDialect,
): StatementKind {
  const words = wordsOf(statement, dialect);
  const transaction = transactionKind(words);
  if (transaction !== undefined) return transaction;
  const first = words.find((word) => word !== "(");
  const kind = FIRST_WORDS[first ?? ""] ?? "unknown";
  return kind === "update" && words.includes("RETURNING") ? "unknown" : kind;
}

function transactionKind(words: readonly string[]): StatementKind | undefined {
  const [first, second = ""] = words;
  if (first === "BEGIN" || (first === "START" && second === "TRANSACTION")) {
    return words.slice(1).every((word) => MODE.test(word))
      ? "begin"
      : undefined;
  }
  if (first === "SAVEPOINT" && words.length === 2) return "savepoint";
  if (first === "RELEASE" && words.length <= 3) return "release";
  const rest = words.slice(/^(?:WORK|TRANSACTION|TRAN)$/.test(second) ? 2 : 1)
    .join(" ");
  const isPlain = rest === "" || rest === "AND NO CHAIN";
  if (/^(?:COMMIT|END)$/.test(first!)) return isPlain ? "commit" : undefined;
  if (!/^(?:ROLLBACK|ABORT)$/.test(first!)) return undefined;
  if (isPlain) return "rollback";
  return /^TO (?:SAVEPOINT )?\S+$/.test(rest) ? "rollback to" : undefined;
}

/** The modes of a transaction that a statement asks for, but for the one that all have. */
export function modesOf(statement: string, dialect?: SqlDialect): string {
  return wordsOf(statement, dialect)
    .filter((word) =>
      !/^(?:BEGIN|START|TRANSACTION|WORK|TRAN|DEFERRED)$/.test(word)
    )
    .join(" ").replaceAll(" ,", ",");
}

/** The name of a savepoint: the last word of a statement. */
export function savepointOf(statement: string, dialect?: SqlDialect): string {
  let name = "";
  for (const { kind, text } of tokensOf(statement, dialect)) {
    if (kind === "word") name = text;
    if (kind === "quoted") {
      const mark = text.at(-1)!;
      name = text.slice(1, -1).replaceAll(mark + mark, mark);
    }
  }
  return name;
}

/** Tells whether a statement defines something: it changes no rows, whatever a server counts. */
export function isDefinition(
  statement: string,
  dialect?: SqlDialect,
): boolean {
  const [first = ""] = wordsOf(statement, dialect);
  return /^(?:CREATE|DROP|ALTER)$/.test(first);
}

/**
 * Guesses whether a statement that {@linkcode kindOfStatement} does not know gives rows, for servers that do
 * not tell.
 */
export function looksLikeQuery(
  statement: string,
  dialect?: SqlDialect,
): boolean {
  const words = wordsOf(statement, dialect);
  const isReturning = words.includes("RETURNING");
  if (words[0] === "WITH") {
    return isReturning ||
      !words.some((word) => /^(?:INSERT|UPDATE|DELETE|MERGE)$/.test(word));
  }
  return isReturning || /^(?:PRAGMA|CALL|EXECUTE)$/.test(words[0] ?? "");
}
