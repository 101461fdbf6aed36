/**
 * What the explorer has to do in WebKit, which Playwright does not drive: the parts of a page that depend on
 * its engine. Their names are those of the cases in Chromium.
 *
 * @module
 */
import { assert, assertEquals, assertLessOrEqual } from "@std/assert";
import { WAIT_MS } from "./explorer_page.ts";
import { KEYS, type WebDriverSession } from "./web_driver.ts";

/** What cases work with. */
export interface WebKitFixture {
  /** The explorer, which is open. */
  readonly session: WebDriverSession;
  /** Keeps a picture of the page. */
  readonly picture: (name: string) => Promise<void>;
}

/** Notes errors of scripts, and violations of the policy. */
const WATCH = `
  globalThis.problems ??= [];
  addEventListener("error", (event) => problems.push(event.message));
  addEventListener("unhandledrejection", (event) => problems.push(String(event.reason)));
  addEventListener("securitypolicyviolation", (event) =>
    problems.push(event.violatedDirective + " " + event.blockedURI));`;

/** An expression: nothing runs. */
const HAS_ENDED = `document.querySelector(
  '#status:is([data-kind="done"], [data-kind="failed"], [data-kind="stopped"])') &&
  document.querySelector('#results[aria-busy="false"]')`;

/** The cases by their names, in the order in which they use one page. */
export const WEBKIT_EXPLORER_CASES: Readonly<
  Record<string, (fixture: WebKitFixture) => Promise<void>>
> = {
  async "catalog: tables and flights with their columns"(fixture) {
    const { session, picture } = fixture;
    await session.run(WATCH);
    await until(session, "document.querySelector('[role=treeitem]')");
    const names = await session.run(
      "return [...document.querySelectorAll('[role=treeitem]')].map((item) => item.dataset.label)",
    ) as string[];
    assert(names.includes("orders, table of 5 columns"), names.join("\n"));
    assert(names.some((name) => name.startsWith("weather, flight")));
    await picture("empty");
    // The label of the limit is in one line, however narrow the window is.
    const [label, limit] = await session.run(
      "return ['.field .only-wide', '#limit'].map((css) => document.querySelector(css).offsetHeight)",
    ) as [number, number];
    assertLessOrEqual(label, limit);
  },

  async "grid: a million rows to the last one"({ session, picture }) {
    await click(session, '[data-label^="orders, table"]');
    await ended(session, "1,000,000 rows");
    await row(session, "1");
    await picture("grid");
    await session.run("document.querySelector('#grid').focus()");
    await session.press([KEYS.control, KEYS.end]);
    await row(session, "1,000,000");
    await picture("grid_end");
  },

  async "chart: bars of a query"({ session, picture }) {
    await session.run("document.querySelector('.cm-content').focus()");
    const statement =
      "SELECT category, sum(revenue) AS revenue FROM sales GROUP BY category";
    await session.press(
      [KEYS.control, "a"],
      [KEYS.delete],
      ...[...statement].map((key) => [key]),
    );
    await session.press([KEYS.control, KEYS.enter]);
    await ended(session, "6 rows");
    // The value of a cell of the result before is gone.
    assertEquals(
      await session.run(
        "return document.querySelector('#cell-detail').innerText",
      ),
      "",
    );
    await picture("editor");
    await click(session, "#tab-chart");
    await until(
      session,
      "document.querySelectorAll('#chart-figure svg rect').length > 5",
    );
    await picture("chart_bars");
  },

  async "flight: an Arrow file, and its chart"({ session, picture }) {
    await click(session, '[data-label^="weather, flight"]');
    await ended(session, "200,000 rows");
    await click(session, "#tab-chart");
    await until(
      session,
      "document.querySelector('#chart-figure svg path[d*=L][stroke-width], #chart-figure svg g[stroke-width] path')",
    );
    await picture("chart_line");
    await click(session, "#tab-schema");
    await until(
      session,
      "document.querySelector('#results').innerText.includes('humidity')",
    );
    await picture("schema");
    assertEquals(await session.run("return globalThis.problems ?? []"), []);
  },
};

/** Waits until an expression is true. */
async function until(
  session: WebDriverSession,
  expression: string,
): Promise<void> {
  const end = Date.now() + WAIT_MS;
  while (await session.run(`return Boolean(${expression})`) !== true) {
    if (Date.now() > end) throw new Error(`never true: ${expression}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function click(session: WebDriverSession, css: string): Promise<void> {
  await until(session, `document.querySelector(${JSON.stringify(css)})`);
  await session.run(`document.querySelector(${JSON.stringify(css)}).click()`);
}

/** Waits until nothing runs, and the line of progress has a text. */
function ended(session: WebDriverSession, text: string): Promise<void> {
  return until(
    session,
    `${HAS_ENDED} && document.querySelector('#status-text').innerText
      .includes(${JSON.stringify(text)})`,
  );
}

/** Waits until the grid shows a row. */
async function row(session: WebDriverSession, number: string): Promise<void> {
  await until(
    session,
    `[...document.querySelectorAll("regular-table tbody th")]
      .some((head) => head.textContent === ${JSON.stringify(number)})`,
  );
}
