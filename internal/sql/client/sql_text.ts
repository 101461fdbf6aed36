/** SQL as a template: text of the program, and values that travel beside it. */

import { isPromise } from "../../base/is_promise.ts";
import { valueName } from "../../base/value_name.ts";

/** Placeholders of values: all alike, or numbered from 1 on. */
export type SqlPlaceholders = "?" | "$1";

/** Quotation marks around identifiers. */
export type SqlIdentifierQuote = '"' | "`" | "[]";

/** A dialect, as far as a template depends on it. */
export interface SqlDialect {
  /** Placeholders of values. */
  readonly placeholders: SqlPlaceholders;
  /** Quotation marks around identifiers. */
  readonly identifierQuote: SqlIdentifierQuote;
}

/** Text with placeholders, and the values that belong to them. */
export interface CompiledSql {
  /** The text. */
  readonly text: string;
  /** The values, in the order of the placeholders. */
  readonly values: readonly unknown[];
}

/** Longest identifier that is accepted, in characters; no database takes as many. */
const MAX_IDENTIFIER_CHARACTERS = 1024;

/** The text of a template as it grows. */
class Output {
  text = "";
  readonly values: unknown[] = [];
  readonly dialect: SqlDialect;

  constructor(dialect: SqlDialect) {
    this.dialect = dialect;
  }

  /** Writes a value, or another part of a template. */
  write(value: unknown): void {
    if (value instanceof SqlText) {
      value.strings.forEach((string, i) => {
        if (i > 0) this.write(value.values[i - 1]);
        this.text += string;
      });
    } else if (value instanceof SqlIdentifier) {
      const { identifierQuote } = this.dialect;
      this.text += value.parts
        .map((part) => quotedIdentifier(part, identifierQuote))
        .join(".");
    } else if (value instanceof SqlList) {
      value.values.forEach((item, i) => {
        if (i > 0) this.text += ", ";
        this.write(item);
      });
    } else this.#bind(value);
  }

  #bind(value: unknown): void {
    if (value === undefined) {
      throw new TypeError(
        `Cannot use value ${this.values.length} of the template: it is undefined (NULL is null)`,
      );
    }
    if (isPromise(value)) {
      throw new TypeError(
        `Cannot use value ${this.values.length} of the template: it is a promise or a query ` +
          "(await it; the tag sql of @contrail/flight/sql makes parts of a template)",
      );
    }
    this.values.push(value);
    this.text += this.dialect.placeholders === "?"
      ? "?"
      : `$${this.values.length}`;
  }
}

/** SQL with values in it: what the tag {@linkcode sql} makes. */
export class SqlText {
  /** The text around the values: one more than there are values. */
  readonly strings: readonly string[];
  /** The values, and other parts of templates. */
  readonly values: readonly unknown[];

  /**
   * Made by the tag `sql`.
   *
   * @param strings The text around the values.
   * @param values The values, one fewer.
   */
  constructor(strings: readonly string[], values: readonly unknown[]) {
    this.strings = strings;
    this.values = values;
  }

  /**
   * Writes the text with placeholders.
   *
   * @param dialect Placeholders and quotation marks; `?` and double quotes by default.
   * @returns The text and its values.
   * @throws {TypeError} When a value is undefined.
   */
  compile(dialect: Partial<SqlDialect> = {}): CompiledSql {
    const output = new Output({
      placeholders: dialect.placeholders ?? "?",
      identifierQuote: dialect.identifierQuote ?? '"',
    });
    output.write(this);
    return { text: output.text, values: output.values };
  }
}

/** A name in quotation marks: what {@linkcode identifier} makes. */
export class SqlIdentifier {
  /** The parts of the name, such as a schema and a table. */
  readonly parts: readonly string[];

  /**
   * Made by `identifier`.
   *
   * @param parts The parts of the name.
   * @throws {TypeError} When one cannot be part of a name.
   */
  constructor(parts: readonly string[]) {
    if (parts.length === 0) {
      throw new TypeError("Cannot use an identifier: it has no parts");
    }
    for (const part of parts) checkIdentifier(part);
    this.parts = parts;
  }
}

/** Values with commas between them: what {@linkcode list} makes. */
export class SqlList {
  /** The values. */
  readonly values: readonly unknown[];

  /**
   * Made by `list`.
   *
   * @param values The values.
   * @throws {TypeError} When there are none.
   */
  constructor(values: readonly unknown[]) {
    if (values.length === 0) {
      throw new TypeError(
        "Cannot use a list without values: SQL has no empty list",
      );
    }
    this.values = values;
  }
}

/**
 * Makes SQL from a template. Values become parameters: they are sent beside the text, never in it.
 * The results of `sql`, {@linkcode identifier} and {@linkcode list} become part of the text.
 *
 * ```ts
 * import { identifier, list, sql } from "@contrail/flight/sql";
 * import { assertEquals } from "@std/assert";
 *
 * const recent = sql`year >= ${2020}`;
 * const query = sql`SELECT * FROM ${identifier("albums")}
 *   WHERE ${recent} AND artist IN (${list(["Björk", "Ella"])})`;
 * assertEquals(query.compile().values, [2020, "Björk", "Ella"]);
 * ```
 *
 * @param strings The text.
 * @param values The values in it.
 * @returns SQL for the methods of a FlightSqlClient, or for another template.
 * @throws {TypeError} When it is called as a function, because its text could then come from
 * anywhere.
 */
export function sql(
  strings: TemplateStringsArray,
  ...values: readonly unknown[]
): SqlText {
  if (!Array.isArray(strings) || !Array.isArray(strings.raw)) {
    throw new TypeError(
      "sql is the tag of a template: write sql`SELECT …` without parentheses",
    );
  }
  return new SqlText(strings, values);
}

/**
 * Makes a name for a template: it is put in quotation marks, so that it cannot be anything but a name.
 *
 * ```ts
 * import { identifier, sql } from "@contrail/flight/sql";
 * import { assertEquals } from "@std/assert";
 *
 * const { text } = sql`SELECT * FROM ${identifier("main", 'a"b')}`.compile();
 * assertEquals(text, 'SELECT * FROM "main"."a""b"');
 * ```
 *
 * @param parts The parts of the name, from the outermost on.
 * @returns The name.
 * @throws {TypeError} When a part is empty, not text, longer than 1,024 characters, or has U+0000 or a lone
 * surrogate in it.
 */
export function identifier(...parts: readonly string[]): SqlIdentifier {
  return new SqlIdentifier(parts);
}

/**
 * Makes a list of values for a template, as `IN` takes one: each becomes a parameter. An array that is not
 * made into a list is one parameter.
 *
 * @param values The values; each may be another part of a template.
 * @returns The list, without parentheses.
 * @throws {TypeError} When there are no values.
 */
export function list(values: Iterable<unknown>): SqlList {
  return new SqlList([...values]);
}

function checkIdentifier(part: unknown): void {
  const problem = typeof part !== "string"
    ? `it is ${valueName(part)}, not text`
    : part === ""
    ? "it is empty"
    : part.length > MAX_IDENTIFIER_CHARACTERS
    ? `it has more than ${MAX_IDENTIFIER_CHARACTERS} characters`
    : part.includes("\0")
    ? "it has U+0000 in it"
    : !part.isWellFormed()
    ? "it has a lone surrogate in it"
    : undefined;
  if (problem !== undefined) {
    throw new TypeError(`Cannot use an identifier: ${problem}`);
  }
}

/** Closing marks are doubled, which is how SQL writes them in a name. */
function quotedIdentifier(part: string, quote: SqlIdentifierQuote): string {
  const [open, close] = quote === "[]" ? ["[", "]"] : [quote, quote];
  return open + part.replaceAll(close!, close! + close!) + close;
}
