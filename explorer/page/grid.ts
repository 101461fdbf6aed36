/// <reference lib="dom" />
/** The grid: a window over any number of rows, read from the record batches. */

import "regular-table";
import type {
  CellMetadata,
  CellScalar,
  DataResponse,
} from "regular-table/dist/esm/types.d.ts";
import type { RegularTableElement } from "regular-table/dist/esm/regular-table.d.ts";
import { cellsOf, cellText } from "../model/cell_text.ts";
import { columnWidths } from "../model/column_widths.ts";
import { countText } from "../model/number_text.ts";
import type { ResultStore } from "../model/result_store.ts";
import { type ColumnKind, kindOf, typeText } from "../model/type_text.ts";
import { drawn, el } from "./dom.ts";

/** Rows that a page-key moves by, where the window does not say. */
const PAGE_ROWS = 20;
/** Most characters of a value below the grid; Ctrl-C copies all of them. */
const MAX_DETAIL_LENGTH = 20_000;
/** Most columns that are drawn without rows: regular-table would draw all of them, however many. */
const HEADER_COLUMNS = 40;
/** Width of a digit of row numbers, and the space around them, in pixels. */
const DIGIT_PX = 7.6;
const NUMBER_PADDING_PX = 20;

/** Shows a result, and the cell that the keyboard is on. */
export class Grid {
  readonly #table: RegularTableElement = document.createElement(
    "regular-table",
  );
  readonly #detail: HTMLElement;
  readonly #announce: (text: string) => void;
  #store: ResultStore | undefined;
  #kinds: readonly ColumnKind[] = [];
  #active = { x: 0, y: 0 };
  #first = { x: 0, y: 0 };
  #visibleRows = PAGE_ROWS;
  #numberWidth = 0;

  /**
   * Puts a grid into the page.
   *
   * @param host The element that it fills.
   * @param detail The place below the grid that shows the whole value of the active cell.
   * @param announce Tells a text to screen readers.
   */
  constructor(
    host: HTMLElement,
    detail: HTMLElement,
    announce: (text: string) => void,
  ) {
    this.#detail = detail;
    this.#announce = announce;
    const table = this.#table;
    table.id = "grid";
    table.setAttribute("role", "grid");
    table.setAttribute("aria-label", "Rows of the result");
    table.setAttribute("aria-readonly", "true");
    table.tabIndex = 0;
    host.append(table);
    table.addStyleListener(() => this.#style());
    table.addEventListener("keydown", (event) => this.#key(event));
    table.addEventListener("click", (event) => this.#click(event));
    table.addEventListener("focus", () => this.#showDetail());
    new ResizeObserver(() => void this.#draw()).observe(host);
  }

  /** Shows a result from its first row on; `undefined` clears the grid. */
  async open(store: ResultStore | undefined): Promise<void> {
    this.#store = store;
    this.#active = { x: 0, y: 0 };
    this.#first = { x: 0, y: 0 };
    this.#detail.replaceChildren();
    this.#kinds = store?.schema.fields.map(({ type }) => kindOf(type)) ?? [];
    this.#table.scrollTop = 0;
    this.#table.scrollLeft = 0;
    this.#table.resetAutoSize();
    this.#sizeColumns();
    this.#table.setDataListener(
      (x0, y0, x1, y1) => Promise.resolve(this.#window(x0, y0, x1, y1)),
    );
    await this.refresh();
  }

  /** Shows rows that have come since. */
  async refresh(): Promise<void> {
    const { numRows = 0, numColumns = 0 } = this.#store ?? {};
    this.#table.setAttribute("aria-rowcount", String(numRows + 2));
    this.#table.setAttribute("aria-colcount", String(numColumns + 1));
    this.#sizeColumns();
    await this.#draw();
  }

  /** Moves the keyboard there. */
  focus(): void {
    this.#table.focus();
  }

  async #draw(): Promise<void> {
    if (this.#store === undefined || this.#table.offsetParent === null) return;
    await this.#table.draw({ invalid_viewport: true });
  }

  /** Widths are chosen anew when row numbers get another digit, so that they seldom change. */
  #sizeColumns(): void {
    const store = this.#store;
    if (store === undefined) return;
    const digits = countText(Math.max(store.numRows, 1000)).length;
    const width = Math.round(digits * DIGIT_PX) + NUMBER_PADDING_PX;
    if (width === this.#numberWidth && store.numRows > 0 && this.#isSized) {
      return;
    }
    this.#numberWidth = width;
    this.#isSized = store.numRows > 0;
    const sizes: Record<number, number> = { 0: width };
    columnWidths(store).forEach((px, index) => sizes[index + 1] = px);
    this.#table.restoreColumnSizes(sizes);
  }
  #isSized = false;

  #window(x0: number, y0: number, x1: number, y1: number): DataResponse {
    const store = this.#store;
    if (store === undefined) return { num_rows: 0, num_columns: 0, data: [] };
    const numColumns = store.numRows > 0
      ? store.numColumns
      : Math.min(store.numColumns, HEADER_COLUMNS);
    const fields = store.schema.fields.slice(x0, Math.min(x1, numColumns));
    const columns = fields.map((_, index) =>
      cellsOf(store, x0 + index, y0, y1)
    );
    const rowHeaders: CellScalar[][] = [];
    for (let row = y0; row < Math.min(y1, store.numRows); row++) {
      rowHeaders.push([countText(row + 1)]);
    }
    return {
      num_rows: store.numRows,
      num_columns: numColumns,
      num_row_headers: 1,
      num_column_headers: 2,
      column_header_merge_depth: 0,
      merge_headers: "row",
      row_headers: rowHeaders,
      column_headers: fields.map(({ name, type }) => [
        name || " ",
        typeText(type),
      ]),
      data: columns.map(({ texts }) => texts),
      metadata: columns.map(({ nulls }) => nulls),
    };
  }

  /** Gives cells their classes and roles, after each drawing. */
  #style(): void {
    const table = this.#table;
    const element = table.querySelector("table");
    if (element === null) return;
    element.setAttribute("role", "presentation");
    for (const group of element.querySelectorAll("thead, tbody")) {
      group.setAttribute("role", "rowgroup");
    }
    let activeId: string | undefined;
    let visible = 0;
    for (const row of element.rows) {
      row.setAttribute("role", "row");
      for (const cell of row.cells) {
        const meta = table.getMeta(cell);
        if (meta === undefined) continue;
        if (meta.type === "body") {
          this.#styleBody(cell, meta);
          if (cell.id !== "") activeId = cell.id;
          this.#first = { x: meta.x0, y: meta.y0 };
        } else this.#styleHeader(cell, meta);
        if (meta.type === "row_header") {
          visible++;
          row.setAttribute("aria-rowindex", String(meta.y + 3));
          row.classList.toggle("odd", meta.y % 2 === 1);
        }
      }
    }
    [...element.tHead?.rows ?? []].forEach((row, index) =>
      row.setAttribute("aria-rowindex", String(index + 1))
    );
    if (visible > 2) this.#visibleRows = visible;
    if (activeId === undefined) table.removeAttribute("aria-activedescendant");
    else table.setAttribute("aria-activedescendant", activeId);
  }

  #styleBody(
    cell: HTMLTableCellElement,
    meta: CellMetadata & { type: "body" },
  ): void {
    const { x, y, user } = meta;
    const kind = this.#kinds[x];
    cell.setAttribute("role", "gridcell");
    cell.setAttribute("aria-colindex", String(x + 2));
    cell.className = cell.className.replace(/\b(?:num|null|active)\b/g, "")
      .replace(/ +/g, " ");
    if (kind === "number") cell.classList.add("num");
    if (user === true) cell.classList.add("null");
    const isActive = x === this.#active.x && y === this.#active.y;
    cell.id = isActive ? "active-cell" : "";
    if (!isActive) cell.removeAttribute("id");
    cell.classList.toggle("active", isActive);
    cell.setAttribute("aria-selected", String(isActive));
  }

  #styleHeader(cell: HTMLTableCellElement, meta: CellMetadata): void {
    if (meta.type === "row_header") {
      cell.setAttribute("role", "rowheader");
      cell.setAttribute("aria-colindex", "1");
      return;
    }
    if (meta.type === "corner") {
      // An empty header cell would have no name.
      cell.setAttribute("role", "columnheader");
      cell.setAttribute("aria-label", "row");
      cell.classList.add("corner");
      return;
    }
    if (meta.type !== "column_header") return;
    cell.setAttribute("role", "columnheader");
    cell.setAttribute("aria-colindex", String(meta.x + 2));
    cell.classList.toggle("num", this.#kinds[meta.x] === "number");
    cell.title = `${meta.column_header[0]}: ${meta.column_header[1]}`;
  }

  #click(event: MouseEvent): void {
    const cell = (event.target as Element).closest("td");
    const meta = cell && this.#table.getMeta(cell);
    if (meta?.type === "body") void this.#moveTo(meta.x, meta.y, false);
  }

  #key(event: KeyboardEvent): void {
    const store = this.#store;
    if (store === undefined || event.altKey) return;
    const isWide = event.ctrlKey || event.metaKey;
    const { x, y } = this.#active;
    const page = Math.max(1, this.#visibleRows - 3);
    const [lastX, lastY] = [store.numColumns - 1, store.numRows - 1];
    if (isWide && event.key.toLowerCase() === "c") {
      if (String(getSelection()) !== "") return;
      const text = cellText(store, x, y);
      if (text === undefined) return;
      void navigator.clipboard?.writeText(text ?? "");
      this.#announce("Cell copied");
      event.preventDefault();
      return;
    }
    const to: Readonly<Record<string, readonly [number, number]>> = {
      ArrowUp: [x, isWide ? 0 : y - 1],
      ArrowDown: [x, isWide ? lastY : y + 1],
      ArrowLeft: [isWide ? 0 : x - 1, y],
      ArrowRight: [isWide ? lastX : x + 1, y],
      PageUp: [x, y - page],
      PageDown: [x, y + page],
      Home: [0, isWide ? 0 : y],
      End: [lastX, isWide ? lastY : y],
    };
    const target = to[event.key];
    if (target === undefined) return;
    event.preventDefault();
    void this.#moveTo(...target, true);
  }

  async #moveTo(x: number, y: number, follows: boolean): Promise<void> {
    const { numRows = 0, numColumns = 0 } = this.#store ?? {};
    if (numRows === 0 || numColumns === 0) return;
    this.#active = {
      x: Math.max(0, Math.min(x, numColumns - 1)),
      y: Math.max(0, Math.min(y, numRows - 1)),
    };
    this.#showDetail();
    this.#style();
    if (follows) await this.#reveal();
  }

  /** Scrolls so far that the active cell can be seen. */
  async #reveal(): Promise<void> {
    const { x, y } = this.#active;
    const rows = Math.max(1, this.#visibleRows - 3);
    let top: number | undefined;
    if (y < this.#first.y + 1) top = y;
    else if (y > this.#first.y + rows) top = y - rows;
    const left = this.#leftmostFor(x);
    if (top === undefined && left === undefined) return;
    const isLast = y === (this.#store?.numRows ?? 0) - 1;
    if (top !== undefined) {
      this.#table.scrollTop = isLast
        ? this.#table.scrollHeight
        : this.#scrollTopOf(top);
    }
    if (left !== undefined) return await this.#scrollToColumn(left);
    await drawn();
    await this.#draw();
  }

  /**
   * Scrolls so far that a column is the first one. The scroll range of regular-table has a guess for each
   * column that it has not drawn yet, so the way to a far column takes some draws.
   */
  async #scrollToColumn(column: number): Promise<void> {
    const table = this.#table;
    const active = this.#active;
    let before: number;
    do {
      before = table.scrollLeft;
      const { scrollTop } = table;
      const scrolled = table.scrollToCell(column, 0);
      // Its place of a row is wrong where the panel is lower than all rows.
      table.scrollTop = scrollTop;
      await scrolled;
      await this.#draw();
    } while (
      this.#active === active && this.#first.x < column &&
      table.scrollLeft > before
    );
  }

  /** The place that brings a row to the top: the panel of very many rows is lower than all of them. */
  #scrollTopOf(row: number): number {
    const { numRows = 0 } = this.#store ?? {};
    const range = this.#table.scrollHeight - this.#table.clientHeight;
    const hidden = Math.max(1, numRows - (this.#visibleRows - 3));
    return Math.min(range, row / hidden * range);
  }

  /** The column that has to be the first one for another to be in view; `undefined` where it is. */
  #leftmostFor(x: number): number | undefined {
    const table = this.#table;
    const cell = table.querySelector("#active-cell");
    const header = table.querySelector("thead th.corner");
    if (x === 0) return 0;
    if (cell !== null) {
      const box = cell.getBoundingClientRect();
      const host = table.getBoundingClientRect();
      const left = host.left + (header?.clientWidth ?? 0);
      if (box.left >= left && box.right <= host.right - 12) return undefined;
    }
    if (x <= this.#first.x) return x;
    const sizes = table.saveColumnSizes();
    let room = table.clientWidth - 12 - (sizes[0] ?? 0) - sizes[x + 1]!;
    let first = x;
    while (first > 0 && (room -= sizes[first]!) >= 0) first--;
    return first;
  }

  #showDetail(): void {
    const store = this.#store;
    const { x, y } = this.#active;
    const text = store && cellText(store, x, y);
    if (store === undefined || text === undefined) {
      this.#detail.replaceChildren();
      return;
    }
    const { name } = store.schema.fields[x]!;
    const { length } = text ?? "";
    const shown = length > MAX_DETAIL_LENGTH
      ? `${text!.slice(0, MAX_DETAIL_LENGTH)}… (${
        countText(length)
      } characters)`
      : text;
    this.#detail.replaceChildren(
      el("span.where", {}, `row ${countText(y + 1)} · ${name}`),
      el(`span.${text === null ? "value.null" : "value"}`, {}, shown ?? "null"),
    );
    // The keyboard has to reach all that scrolls.
    const scrolls = this.#detail.scrollHeight > this.#detail.clientHeight;
    this.#detail.tabIndex = scrolls ? 0 : -1;
  }
}
