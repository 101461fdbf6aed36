/** Text that is split into statements of SQL. */

/** The statements in a text. */
interface Statements {
  /** The complete statements, without their semicolon. */
  readonly statements: readonly string[];
  /** The text after the last semicolon; empty where there is nothing but space and comments. */
  readonly rest: string;
}

/**
 * Texts in which a semicolon is no end: comments, and quoted texts of all kinds. One with doubled quotation marks is two
 * side by side: a loop in the expression would exhaust the stack at long texts.
 */
const QUOTED =
  /--[^\n]*|\/\*[^]*?(?:\*\/|$)|'[^']*(?:'|$)|"[^"]*(?:"|$)|`[^`]*(?:`|$)|(?<![\w$])\$(\w*)\$[^]*?(?:\$\1\$|$)|;/g;

/** A statement that has statements in it, up to END. */
const TRIGGER =
  /^\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+)?TRIGGER\b/i;

/**
 * Splits a text at its semicolons, but for those in quoted texts, comments and the bodies of triggers.
 *
 * @param text The text; it may end in the middle of a statement.
 */
export function splitStatements(text: string): Statements {
  const statements: string[] = [];
  let begin = 0;
  for (const match of text.matchAll(QUOTED)) {
    if (match[0] !== ";") continue;
    const statement = text.slice(begin, match.index);
    const plain = withoutComments(statement);
    if (TRIGGER.test(plain) && !/\bEND\s*$/i.test(plain)) continue;
    if (plain.trim() !== "") statements.push(statement.trim());
    begin = match.index + 1;
  }
  const rest = text.slice(begin);
  return {
    statements,
    rest: withoutComments(rest).trim() === "" ? "" : rest,
  };
}

/** A statement whose comments have become spaces. */
export function withoutComments(statement: string): string {
  return statement.replace(
    QUOTED,
    (part) => part.startsWith("--") || part.startsWith("/*") ? " " : part,
  );
}

/** Effect of a statement, as far as its words tell. */
type StatementKind =
  | "query"
  | "update"
  | "begin"
  | "commit"
  | "rollback"
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

/** Finds out what a statement does. Other words, WITH and RETURNING are for the server to tell. */
export function kindOfStatement(statement: string): StatementKind {
  const text = withoutComments(statement).trim();
  if (/^BEGIN(?:\s+TRANSACTION)?$|^START\s+TRANSACTION$/i.test(text)) {
    return "begin";
  }
  if (/^(?:COMMIT|END)(?:\s+TRANSACTION)?$/i.test(text)) return "commit";
  if (/^ROLLBACK(?:\s+TRANSACTION)?$/i.test(text)) return "rollback";
  const [word = ""] = /^[\s(]*\w+/.exec(text) ?? [];
  const kind = FIRST_WORDS[word.replace(/[\s(]/g, "").toUpperCase()] ??
    "unknown";
  return kind === "update" && /\bRETURNING\b/i.test(text) ? "unknown" : kind;
}

/**
 * Guesses whether a statement that {@linkcode kindOfStatement} does not know gives rows, for servers that do
 * not tell.
 */
export function looksLikeQuery(statement: string): boolean {
  const text = statement.replace(QUOTED, " ").trim();
  if (/^WITH\b/i.test(text)) {
    return !/\b(?:INSERT|UPDATE|DELETE|MERGE)\b/i.test(text) ||
      /\bRETURNING\b/i.test(text);
  }
  return /^(?:PRAGMA|CALL|EXECUTE)\b|\bRETURNING\b/i.test(text);
}
