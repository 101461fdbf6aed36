/**
 * The JUnit report of h2spec.
 *
 * @module
 */

/** A case of h2spec. */
export interface H2specCase {
  /** Its group and section, such as `http2/4.2`. */
  readonly section: string;
  /** Description of the case. */
  readonly title: string;
  /** Expected and actual result; undefined if it passed. */
  readonly error: string | undefined;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&lt;": "<",
  "&gt;": ">",
  "&#34;": '"',
  "&#39;": "'",
  "&amp;": "&",
};

/**
 * Reads a report.
 *
 * @param xml The report.
 * @returns The cases in their order. One that h2spec skipped has failed: it
 * skips what the server did not give it the means to try.
 */
export function casesOfReport(xml: string): H2specCase[] {
  return xml.split(/<testcase(?=\s)/).slice(1).map((piece) => {
    const attribute = (name: string): string =>
      (new RegExp(`\\b${name}="([^"]*)"`).exec(piece)?.[1] ?? "")
        .replace(/&[^;]+;/g, (entity) => ENTITIES[entity] ?? entity);
    return {
      section: attribute("package"),
      title: attribute("classname"),
      error: errorOf(piece),
    };
  });
}

function errorOf(piece: string): string | undefined {
  if (/<skipped\b/.test(piece)) return "skipped by h2spec";
  // Not escaped, unlike all else in the report.
  const text = /<(?:error|failure)>([^]*)<\/(?:error|failure)>/.exec(piece)
    ?.[1];
  if (text === undefined) return undefined;
  const lines = text.trim().split("\n");
  const actual = lines.pop()!;
  if (lines.length === 0) return actual;
  return `expected: ${lines.join(", or: ")}\nactual: ${actual}`;
}
