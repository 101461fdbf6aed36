/// <reference lib="dom" />
/** The tree of tables and flights. */

import {
  type Catalog,
  type CatalogColumn,
  type CatalogFlight,
  type CatalogTable,
  filtered,
  foundColumns,
} from "../model/catalog.ts";
import { bytesText, countOf } from "../model/number_text.ts";
import { el, icon } from "./dom.ts";

/** Actions of entries. */
interface CatalogActions {
  /** Shows the rows of a table. */
  readonly openTable: (table: CatalogTable) => void;
  /** Shows the rows of a flight. */
  readonly openFlight: (flight: CatalogFlight) => void;
  /** Writes a name into the editor. */
  readonly insert: (name: string) => void;
}

/** Shows the catalog. */
export class CatalogTree {
  readonly #host: HTMLElement;
  readonly #actions: CatalogActions;
  /** Actions of Enter, by the rows. */
  readonly #open = new WeakMap<Element, () => void>();
  readonly #expanded = new Set<string>(["tables", "flights"]);
  #catalog: Catalog = { tables: [], flights: [] };
  #filter = "";
  #typed = "";
  #typedAt = 0;

  /** Puts the tree into `host`. */
  constructor(host: HTMLElement, actions: CatalogActions) {
    this.#host = host;
    this.#actions = actions;
    host.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Shows another catalog. */
  show(catalog: Catalog): void {
    this.#catalog = catalog;
    this.#draw();
  }

  /** Shows only what has a text in its name. */
  filter(text: string): void {
    this.#filter = text;
    this.#draw();
  }

  /** Shows that the catalog is on its way. */
  showLoading(): void {
    this.#host.replaceChildren(
      ...[70, 54, 62, 48, 66].map((width) => {
        const bar = el("div.skeleton", { role: "presentation" });
        bar.style.width = `${width}%`;
        return bar;
      }),
    );
  }

  /** Shows a text in place of the catalog. */
  showMessage(text: string): void {
    this.#host.replaceChildren(el("p.empty", {}, text));
  }

  #draw(): void {
    const shown = filtered(this.#catalog, this.#filter);
    if (shown.tables.length + shown.flights.length === 0) {
      this.showMessage(
        this.#filter === ""
          ? "This server lists no tables and no flights."
          : `Nothing has “${this.#filter}” in its name.`,
      );
      return;
    }
    const focused = (document.activeElement as HTMLElement | null)?.dataset.key;
    const tree = el("ul.tree", { role: "tree", "aria-label": "Catalog" });
    const { tables, flights } = shown;
    if (tables.length > 0) {
      tree.append(
        this.#group(
          "tables",
          "SQL tables",
          tables.length,
          this.#schemas(tables),
        ),
      );
    }
    if (flights.length > 0) {
      tree.append(
        this.#group(
          "flights",
          "Flights",
          flights.length,
          () => flights.map((flight) => this.#flight(flight)),
        ),
      );
    }
    for (const row of tree.querySelectorAll("[role=treeitem]")) {
      let level = 0;
      for (
        let list = row.closest("ul");
        list !== null;
        list = list.parentElement?.closest("ul") ?? null
      ) level++;
      row.setAttribute("aria-level", String(level));
    }
    this.#host.replaceChildren(tree);
    const all = this.#visible();
    const current = all.find(({ dataset }) => dataset.key === focused);
    (current ?? all[0])?.setAttribute("tabindex", "0");
    if (focused !== undefined) current?.focus();
  }

  /** Schemas have a level of their own only where there are several. */
  #schemas(tables: readonly CatalogTable[]): () => HTMLLIElement[] {
    const names = [...new Set(tables.map(({ schema }) => schema ?? ""))];
    if (names.length < 2) {
      return () => tables.map((table) => this.#table(table));
    }
    return () =>
      names.map((name) => {
        const own = tables.filter(({ schema }) => (schema ?? "") === name);
        return this.#group(
          `schema ${name}`,
          name || "(no schema)",
          own.length,
          () => own.map((table) => this.#table(table)),
        );
      });
  }

  #group(
    key: string,
    label: string,
    count: number,
    children: () => HTMLLIElement[],
  ): HTMLLIElement {
    return this.#item({
      key,
      label: el("span.group", {}, label),
      detail: String(count),
      name: `${label}, ${count}`,
      children,
      open: () => this.#toggle(key),
    });
  }

  #table(table: CatalogTable): HTMLLIElement {
    const { name, schema = "", type, columns } = table;
    const isView = /VIEW/i.test(type);
    return this.#item({
      key: `table ${schema}.${name}`,
      icon: isView ? "view" : "table",
      label: el("span.name", {}, name),
      detail: "",
      more: `${type.toLowerCase()} of ${countOf(columns.length, "column")}`,
      name: `${name}, ${type.toLowerCase()} of ${
        countOf(columns.length, "column")
      }`,
      children: this.#columns(`${schema}.${name}`, table),
      open: () => this.#actions.openTable(table),
    });
  }

  #flight(flight: CatalogFlight): HTMLLIElement {
    const { name, info } = flight;
    const sizes = [
      ...info.totalRecords === undefined
        ? []
        : [countOf(info.totalRecords, "row")],
      ...info.totalBytes === undefined
        ? []
        : [bytesText(Number(info.totalBytes))],
    ];
    return this.#item({
      key: `flight ${name}`,
      icon: "flight",
      label: el("span.name", {}, name),
      detail: sizes[0] ?? "",
      more: "flight",
      name: [name, "flight", ...sizes].join(", "),
      children: this.#columns(`flight ${name}`, flight),
      open: () => this.#actions.openFlight(flight),
    });
  }

  /** The columns that the filter has found, or all. */
  #columns(
    owner: string,
    entry: CatalogTable | CatalogFlight,
  ): () => HTMLLIElement[] {
    return () =>
      foundColumns(entry, this.#filter)
        .map((column) => this.#column(owner, column));
  }

  #column(
    owner: string,
    { name, type, isNullable }: CatalogColumn,
  ): HTMLLIElement {
    return this.#item({
      key: `column ${owner} ${name}`,
      label: el("span.name", {}, name),
      detail: type,
      more: isNullable ? "" : "never null",
      name: `${name}, ${type}${isNullable ? "" : ", never null"}`,
      open: () => this.#actions.insert(name),
      isColumn: true,
    });
  }

  #item(
    {
      key,
      icon: iconName,
      label,
      detail,
      name,
      children,
      open,
      isColumn,
      more = "",
    }: {
      readonly key: string;
      readonly icon?: string;
      readonly label: HTMLElement;
      readonly detail: string;
      readonly name: string;
      readonly more?: string;
      readonly children?: () => HTMLLIElement[];
      readonly open: () => void;
      readonly isColumn?: boolean;
    },
  ): HTMLLIElement {
    const isOpen = children !== undefined &&
      (this.#expanded.has(key) ||
        this.#filter !== "" && /^(?:tables|flights|schema)/.test(key));
    const row = el(
      isColumn ? "div.row.column" : "div.row",
      {
        role: "treeitem",
        tabindex: -1,
        title: name,
        "data-key": key,
        "data-label": name,
        "aria-expanded": children === undefined ? undefined : String(isOpen),
      },
    );
    const twist = el("span.twist", {}, children && icon("chevron"));
    if (children !== undefined) {
      twist.addEventListener("click", (event) => {
        event.stopPropagation();
        this.#toggle(key);
      });
    }
    row.append(
      twist,
      ...iconName === undefined ? [] : [icon(iconName)],
      label,
      el("span.detail", {}, detail),
      el("span.unseen", {}, more),
    );
    row.addEventListener("click", () => {
      this.#focus(row);
      open();
    });
    this.#open.set(row, open);
    // Roles are on rows, and not on what is around them: the name of an item would have all of its items in it.
    const element = el("li", { role: "none" }, row);
    if (isOpen) {
      const items = children();
      items.forEach((item, index) => {
        const row = item.firstElementChild!;
        row.setAttribute("aria-posinset", String(index + 1));
        row.setAttribute("aria-setsize", String(items.length));
      });
      element.append(el("ul", { role: "none" }, ...items));
    }
    return element;
  }

  #toggle(key: string): void {
    if (!this.#expanded.delete(key)) this.#expanded.add(key);
    this.#draw();
  }

  #visible(): HTMLElement[] {
    return [...this.#host.querySelectorAll<HTMLElement>("[role=treeitem]")];
  }

  #focus(element: HTMLElement | null | undefined): void {
    if (!element) return;
    for (const item of this.#visible()) item.tabIndex = -1;
    element.tabIndex = 0;
    element.focus();
  }

  /** The keys of a tree, by the ARIA Authoring Practices. */
  #key(event: KeyboardEvent): void {
    const current = (event.target as Element).closest<HTMLElement>(
      "[role=treeitem]",
    );
    if (current === null || event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const all = this.#visible();
    const at = all.indexOf(current);
    const expanded = current.getAttribute("aria-expanded");
    const key = current.dataset.key!;
    switch (event.key) {
      case "ArrowDown":
        this.#focus(all[at + 1]);
        break;
      case "ArrowUp":
        this.#focus(all[at - 1]);
        break;
      case "Home":
        this.#focus(all[0]);
        break;
      case "End":
        this.#focus(all.at(-1));
        break;
      case "ArrowRight":
        if (expanded === "false") this.#toggle(key);
        else if (expanded === "true") this.#focus(all[at + 1]);
        break;
      case "ArrowLeft":
        if (expanded === "true") this.#toggle(key);
        else {
          this.#focus(
            current.closest("ul")?.parentElement?.querySelector<HTMLElement>(
              "[role=treeitem]",
            ),
          );
        }
        break;
      case "Enter":
      case " ":
        this.#open.get(current)?.();
        break;
      default:
        if (event.key.length === 1) this.#typeAhead(event.key, all, at);
        return;
    }
    event.preventDefault();
  }

  #typeAhead(
    key: string,
    all: readonly HTMLElement[],
    at: number,
  ): void {
    const now = performance.now();
    this.#typed = now - this.#typedAt < 700 ? this.#typed + key : key;
    this.#typedAt = now;
    const wanted = this.#typed.toLowerCase();
    const from = wanted.length === 1 ? at + 1 : at;
    const order = [...all.slice(from), ...all.slice(0, from)];
    this.#focus(
      order.find((item) =>
        item.dataset.label!.toLowerCase().startsWith(wanted)
      ),
    );
  }
}
