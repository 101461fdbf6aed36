/**
 * What the explorer has to do, as cases.
 *
 * @module
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { tableFromIPC } from "apache-arrow";
import { type Fixture, onPage } from "./explorer_case.ts";
import { LOGIN_CASES } from "./explorer_login_cases.ts";
import type { ExplorerPage } from "./explorer_page.ts";
import { ORDERS, READINGS } from "./sample_data.ts";

/** A statement that gives no row, and never ends by itself. */
const ENDLESS =
  "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

/** A statement that gives rows without end. */
const MANY = "SELECT a.id, b.note FROM orders a, orders b";

/** The cases by their names. */
export const EXPLORER_CASES: Readonly<
  Record<string, (fixture: Fixture) => Promise<void>>
> = {
  "catalog: tables and flights with their columns": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await fixture.picture(explorer, "empty");
      const names = await explorer.catalog();
      assert(names.includes("orders, table of 5 columns"), names.join("\n"));
      assert(names.includes("sales, view of 3 columns"), names.join("\n"));
      assert(names.some((name) => name.startsWith("weather, flight")));
      await page.click('[data-label^="orders, table"] .twist');
      const open = await explorer.catalog();
      assert(open.includes("item_id, int64"), open.join("\n"));
      await page.fill("#filter", "humid");
      await explorer.until(
        "document.querySelectorAll('[role=treeitem]').length === 2",
      );
      // It opens to the column alone.
      await page.click('[data-label^="weather, flight"] .twist');
      assertEquals((await explorer.catalog()).slice(2), [
        "humidity, int32, never null",
      ]);
      await page.fill("#filter", "nothing like that");
      await page.getByText("Nothing has “nothing like that”").waitFor();
    }),

  "grid: a million rows to the last one": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await explorer.catalog();
      assertStringIncludes(
        await explorer.open("table", "orders"),
        "1,000,000 rows",
      );
      assertEquals((await explorer.row("1")).slice(0, 4), [
        "1",
        "0",
        "0",
        "1",
      ]);
      await fixture.picture(explorer, "grid");
      // By the wheel of a mouse, far down.
      await page.mouse.move(700, 500);
      await page.mouse.wheel(0, 3_000_000);
      await explorer.until(
        "!document.querySelector('regular-table tbody th')?.textContent.match(/^1$/)",
      );
      await page.locator("#grid").focus();
      await page.keyboard.press("ControlOrMeta+End");
      const last = await explorer.row("1,000,000");
      assertEquals(last[1], String(ORDERS - 1));
      await page.locator("#cell-detail", { hasText: "row 1,000,000" })
        .waitFor();
      await fixture.picture(explorer, "grid_end");
      // A window, and not a million elements.
      assert((await explorer.rows()).length < 100);
      await page.keyboard.press("ArrowUp");
      await page.locator("#cell-detail", { hasText: "row 999,999" }).waitFor();
      await page.keyboard.press("ControlOrMeta+Home");
      await explorer.row("1");
      // The value of a cell goes with its result.
      await explorer.run("SELECT 1 AS one");
      assertEquals(await page.innerText("#cell-detail"), "");
    }),

  "grid: 2,000 columns to the last one": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      const columns = Array.from(
        { length: 2000 },
        (_, index) => `'text ${index}' AS c${index}`,
      );
      await explorer.run(`SELECT ${columns.join(", ")}`);
      await explorer.row("1");
      await page.locator("#grid").focus();
      await page.keyboard.press("ControlOrMeta+ArrowRight");
      await page.locator("#active-cell", { hasText: "text 1999" }).waitFor();
      await explorer.until(`(() => {
        const cell = document.querySelector("#active-cell");
        const grid = document.querySelector("#grid");
        return cell !== null && cell.getBoundingClientRect().right <=
          grid.getBoundingClientRect().right;
      })()`);
      await page.keyboard.press("ControlOrMeta+ArrowLeft");
      await page.locator("#active-cell", { hasText: /^text 0$/ }).waitFor();
      // A window, and not 2,000 elements, also before the rows.
      const shown = await page.locator("#grid tbody td").count();
      assert(shown < 100, String(shown));
    }),

  "flight: an Arrow file, and its chart": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await explorer.catalog();
      assertStringIncludes(
        await explorer.open("flight", "weather"),
        "200,000 rows",
      );
      await page.click("#tab-chart");
      await page.locator(
        "#chart-figure svg path[d*=L][stroke-width], #chart-figure svg g[stroke-width] path",
      ).waitFor();
      assertEquals(await page.inputValue("#chart-kind"), "line");
      await fixture.picture(explorer, "chart_line");
      await page.selectOption("#chart-kind", "histogram");
      await page.selectOption("#chart-x", { label: "temperature" });
      await page.locator("#chart-figure svg rect").nth(5)
        .waitFor();
      await fixture.picture(explorer, "chart_histogram");
      await page.click("#tab-schema");
      await page.getByRole("rowheader", { name: "humidity" }).waitFor();
      await fixture.picture(explorer, "schema");
    }),

  "chart: bars of a query": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await explorer.run(
        "SELECT category, sum(revenue) AS revenue FROM sales GROUP BY category",
      );
      await page.keyboard.press("Alt+4");
      await page.locator("#chart-figure svg rect").nth(5).waitFor();
      await fixture.picture(explorer, "chart_bars");
      // Of many bars the axis has to be in view, too.
      await explorer.run("SELECT name, id FROM item");
      await page.selectOption("#chart-kind", "bars");
      await explorer.until(`(() => {
        const figure = document.querySelector("#chart-figure");
        const { bottom } = figure.getBoundingClientRect();
        return figure.querySelectorAll("svg rect").length >= 30 &&
          [...figure.querySelectorAll("svg text")].some((text) =>
            text.textContent === "0" &&
            text.getBoundingClientRect().bottom < bottom
          );
      })()`);
      await fixture.picture(explorer, "chart_bars_many");
    }),

  "editor: completion of tables, columns and keywords": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await explorer.catalog();
      await explorer.write("");
      await page.keyboard.type("SELEC");
      await page.locator(".cm-tooltip-autocomplete li", { hasText: /^SELECT$/ })
        .waitFor();
      await accept(explorer);
      await page.keyboard.type(" * FROM ord");
      await page.locator(".cm-tooltip-autocomplete li", { hasText: "orders" })
        .first().waitFor();
      await accept(explorer);
      await page.keyboard.type(" WHERE quan");
      await page.locator(".cm-tooltip-autocomplete li", { hasText: "quantity" })
        .waitFor();
      await fixture.picture(explorer, "completion");
      await accept(explorer);
      await page.keyboard.type(" = 3 LIMIT 5");
      await page.keyboard.press("ControlOrMeta+Enter");
      assertStringIncludes(await explorer.ended(), "5 rows");
      const text = await page.locator(".cm-content").innerText();
      assertEquals(text, "SELECT * FROM orders WHERE quantity = 3 LIMIT 5");
    }),

  "query: a table whose name needs quotation marks": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      await explorer.catalog();
      assertStringIncludes(await explorer.open("table", "odd name"), "2 rows");
      assertEquals(
        (await explorer.row("1"))[2],
        'a "quoted" text, with a comma',
      );
    }),

  "query: one without rows says so": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await explorer.run("SELECT * FROM item WHERE id < 0");
      await page.locator("#notice", { hasText: "has no rows" }).waitFor();
      await page.getByRole("columnheader", { name: "category" }).waitFor();
      await explorer.write("-- SELECT 1");
      await page.keyboard.press("ControlOrMeta+Enter");
      await page.locator("#status-text", { hasText: "Write a statement" })
        .waitFor();
    }),

  "limit: a result that is cut, and read on demand": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await page.selectOption("#limit", "10000");
      await explorer.run("SELECT id FROM orders WHERE id < 50000");
      await page.getByText("that is the limit of the page").waitFor();
      await fixture.picture(explorer, "limit");
      await page.getByText("Raise the limit").click();
      await page.locator("#status-text", { hasText: "50,000 rows" }).waitFor();
      assert(await page.locator("#notice").isHidden());
    }),

  "error: text, code and hint of the server": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      const status = await explorer.run("SELECT x FROM nowhere");
      assertStringIncludes(status, "no such table: nowhere");
      assertEquals(await page.innerText("#error-code"), "NOT_FOUND");
      assertStringIncludes(await page.innerText("#error-hint"), "catalog");
      await fixture.picture(explorer, "error");
      await explorer.run("DELETE FROM item");
      await page.locator("#error-details", { hasText: "--read-write" })
        .waitFor();
    }),

  "error: a value that does not fit, and its column as text": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await explorer.catalog();
      const status = await explorer.open("table", "mixed");
      assertStringIncludes(status, "FAILED_PRECONDITION");
      await page.locator("#notice", { hasText: "Incomplete" }).waitFor();
      await explorer.row("1");
      await fixture.picture(explorer, "incomplete");
      await explorer.run("SELECT a FROM mixed WHERE rowid = 40000");
      assertStringIncludes(
        await page.innerText("#error-hint"),
        "--on-mismatch",
      );
      await explorer.open("table", "mixed");
      await page.click("#notice button");
      await page.locator("#status-text", { hasText: "40,000 rows" }).waitFor();
    }),

  "cancel: a stream of rows ends, and its rows stay": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await explorer.catalog();
      await page.selectOption("#limit", "20000000");
      await explorer.write(MANY);
      await page.keyboard.press("ControlOrMeta+Enter");
      await page.locator("#status-figures", { hasText: /\d{2},\d{3} rows/ })
        .waitFor();
      // The key that closes a dialog cancels nothing.
      await page.click("#help-open");
      await page.keyboard.press("Escape");
      await page.locator("#help").waitFor({ state: "hidden" });
      assertEquals(await explorer.status(), "Running …");
      await page.locator(".cm-content").focus();
      await page.keyboard.press("Escape");
      assertEquals(await explorer.ended(), "Canceled");
      await page.getByText("that had arrived are shown").waitFor();
      await fixture.picture(explorer, "cancelled");
      const spent = await fixture.server.quiet();
      assert(spent < 1, `the server went on for ${spent} s`);
      await explorer.row("1");
    }),

  "export: Arrow, CSV and Parquet": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      await explorer.catalog();
      await explorer.open("flight", "weather");
      const arrow = await explorer.save("arrow");
      assertEquals(arrow.name, "weather.arrow");
      const table = tableFromIPC(arrow.bytes);
      assertEquals(table.numRows, READINGS);
      assertEquals(
        table.schema.fields.map(({ type }) => String(type)),
        ["Timestamp<MILLISECOND, UTC>", "Utf8", "Float64", "Int32", "Bool"],
      );
      const { bytes } = await explorer.save("csv");
      const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
      assertEquals(lines.length, READINGS + 1);
      assertEquals(lines[0], "time,station,temperature,humidity,ok");
      assertEquals(lines[1], "2025-01-01T00:00:00Z,Oslo,14,,false");
      const parquet = await explorer.save("parquet");
      const mark = (part: Uint8Array): string => new TextDecoder().decode(part);
      assertEquals(mark(parquet.bytes.subarray(0, 4)), "PAR1");
      assertEquals(mark(parquet.bytes.subarray(-4)), "PAR1");
      assertEquals(await rowsOfParquet(parquet.bytes), READINGS);
    }),

  "keyboard: catalog, editor, grid, tabs and menu without a mouse": (
    fixture,
  ) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await explorer.catalog();
      await page.keyboard.press("Alt+1");
      await page.keyboard.press("ArrowDown");
      await focusIs(explorer, "SQL tables");
      await page.keyboard.press("ArrowDown");
      await focusIs(explorer, "item");
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await focusIs(explorer, "id, int64");
      await page.keyboard.press("ArrowLeft");
      await focusIs(explorer, "item");
      await page.keyboard.press("Enter");
      assertStringIncludes(await explorer.ended(), "200 rows");
      await page.keyboard.press("Alt+3");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowRight");
      await page.locator("#cell-detail", { hasText: "row 2 · name" }).waitFor();
      const active = await page.locator("#grid").getAttribute(
        "aria-activedescendant",
      );
      assertEquals(await page.locator(`#${active}`).innerText(), "Item 001");
      await page.locator("#tab-grid").focus();
      await page.keyboard.press("ArrowRight");
      await page.locator("#chart-figure svg").waitFor();
      await page.locator("#export").focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowDown");
      await page.locator("[data-format=csv]:focus").waitFor();
      await page.keyboard.press("Escape");
      await page.locator("#export:focus").waitFor();
      await reachesAll(explorer);
    }),

  "accessibility: no grave fault, light and dark, desktop and phone": async (
    fixture,
  ) => {
    for (const theme of ["light", "dark"] as const) {
      for (const isPhone of [false, true]) {
        const size = isPhone ? { width: 390, height: 780 } : {};
        await onPage(fixture, { theme, isPhone, ...size }, async (explorer) => {
          const { page } = explorer;
          const where = `${theme}${isPhone ? "_phone" : ""}`;
          await page.waitForSelector("[role=treeitem]", { state: "attached" });
          const check = async (what: string): Promise<void> => {
            await fixture.picture(explorer, `${where}_${what}`);
            assertEquals(await explorer.faults(), [], `${where}, ${what}`);
          };
          await check("empty");
          if (isPhone) {
            await page.click("#menu");
            await page.waitForTimeout(300);
            await check("catalog");
          }
          await explorer.open("table", "orders");
          await explorer.row("1");
          await check("grid");
          await page.click("#tab-chart");
          await page.locator("#chart-figure svg").waitFor();
          await check("chart");
          await page.click("#tab-schema");
          await check("schema");
          await page.click("#export");
          await check("menu");
          await page.keyboard.press("Escape");
          await explorer.run("SELECT 1 FROM nowhere");
          await check("error");
          await page.click("#help-open");
          await check("help");
        });
      }
    }
  },

  "cancel: a statement that gives no row": (fixture) =>
    onPage(fixture, {}, async (explorer) => {
      const { page } = explorer;
      await explorer.catalog();
      await explorer.write(ENDLESS);
      await page.keyboard.press("ControlOrMeta+Enter");
      await page.locator("#cancel").waitFor();
      await fixture.picture(explorer, "running");
      await page.click("#cancel");
      assertEquals(await explorer.ended(), "Canceled");
      await page.getByText("No result yet").waitFor();
      assertStringIncludes(
        await explorer.run("SELECT * FROM item"),
        "200 rows",
      );
    }),

  ...LOGIN_CASES,
};

/** The menu of the completion takes keys only after a moment, so that none is taken by accident. */
async function accept({ page }: ExplorerPage): Promise<void> {
  await page.waitForTimeout(150);
  await page.keyboard.press("Enter");
  await page.locator(".cm-tooltip-autocomplete").waitFor({ state: "detached" });
}

async function focusIs(
  explorer: ExplorerPage,
  start: string,
): Promise<void> {
  await explorer.until(
    `document.activeElement?.dataset.label?.startsWith(${
      JSON.stringify(start)
    })`,
  );
}

/** Walks through the page by Tab alone. */
async function reachesAll({ page }: ExplorerPage): Promise<void> {
  await page.evaluate("document.activeElement?.blur()");
  const reached = new Set<string>();
  for (let step = 0; step < 60; step++) {
    // In the editor, Tab is a key of the text only while the completion is open.
    await page.keyboard.press("Tab");
    const id = await page.evaluate(
      `(() => {
        const e = document.activeElement;
        return e?.id || e?.closest("[id]")?.id || "";
      })()`,
    ) as string;
    reached.add(id);
  }
  for (
    const id of [
      "filter",
      "refresh",
      "catalog",
      "split-side",
      "editor",
      "run",
      "limit",
      "export",
      "split-editor",
      "tab-chart",
      "help-open",
      "theme",
    ]
  ) assert(reached.has(id), `Tab does not reach #${id}: ${[...reached]}`);
}

/** Counts the rows of a Parquet file, by the library that wrote it. */
async function rowsOfParquet(bytes: Uint8Array): Promise<number> {
  const parquet = await import("parquet-wasm/esm");
  const wasm = import.meta.resolve("parquet-wasm/esm/parquet_wasm_bg.wasm");
  parquet.initSync({ module: await Deno.readFile(new URL(wasm)) });
  const stream = parquet.readParquet(bytes).intoIPCStream();
  return tableFromIPC(stream).numRows;
}
