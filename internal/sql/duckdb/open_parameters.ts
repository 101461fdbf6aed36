/**
 * Parameters whose types nothing in a statement tells, such as that of `SELECT ?`. DuckDB describes the rows of a
 * statement with one of them as a single column named "unknown", whatever they are.
 */

import type { DuckConnection, DuckStatement } from "./native.ts";

/** Everything that may hide a parameter, and the parameters themselves. */
const TOKENS =
  /--[^\n]*|\/\*(?:(?!\*\/)[\s\S])*(?:\*\/|$)|\b[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)[\s\S]*?\1|\?\d*|\$[\w\u0080-\uffff]+|[\w\u0080-\uffff][\w$\u0080-\uffff]*/g;

/** A statement that is compiled, and its text. */
interface CompiledText {
  readonly native: DuckStatement;
  readonly sql: string;
}

/**
 * Compiles a statement anew with parameters that are texts where it does not tell otherwise, so that its rows are
 * known.
 *
 * @param compiled The statement; it is returned where its rows are known, or texts do not fit.
 */
export async function withTypedParameters(
  compiled: CompiledText,
  connection: DuckConnection,
): Promise<CompiledText> {
  const { native } = compiled;
  const isOpen = native.columnCount === 1 && native.columnTypeId(0) === 0;
  const open = isOpen ? openParameters(native) : [];
  if (open.length === 0) return compiled;
  const sql = castParameters(compiled.sql, new Set(open));
  try {
    const typed = await (await connection.extractStatements(sql)).prepare(0);
    native.destroySync();
    return { native: typed, sql };
  } catch {
    // Texts do not fit. Other values may, and give the one column that is described.
    return compiled;
  }
}

/** Names of the parameters without a type: numbers, where they have none. */
function openParameters(native: DuckStatement): string[] {
  return Array.from(
    { length: native.parameterCount },
    (_, i) => native.parameterTypeId(i + 1) === 0 ? i + 1 : 0,
  ).filter((index) => index > 0).map((index) => native.parameterName(index));
}

/** Puts CAST around some parameters. */
function castParameters(
  sql: string,
  names: ReadonlySet<string>,
): string {
  let last = 0;
  return sql.replaceAll(TOKENS, (token: string, quotes?: string) => {
    const isParameter = token.startsWith("?") ||
      (token.startsWith("$") && quotes === undefined);
    if (!isParameter) return token;
    const name = token === "?" ? String(++last) : token.slice(1);
    if (/^\d+$/.test(name)) last = Math.max(last, Number(name));
    return names.has(name) ? `CAST(${token} AS VARCHAR)` : token;
  });
}
