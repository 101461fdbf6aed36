/// <reference lib="dom" />
/** The page, and the order of its events. */

import {
  type Catalog,
  type CatalogFlight,
  type CatalogTable,
  quoted,
  selectAll,
} from "../model/catalog.ts";
import { type SqlDialect, STANDARD } from "../../cli/sql/tokens.ts";
import { errorText, misfitColumn, needsLogin } from "../model/error_text.ts";
import { keepText, keptText } from "../model/kept_text.ts";
import { countOf, countText, durationText } from "../model/number_text.ts";
import type { RateMeter } from "../model/rate_meter.ts";
import { readResult } from "../model/read_result.ts";
import type { ResultStore } from "../model/result_store.ts";
import { type Outcome, runStatement } from "../model/run_statement.ts";
import { typeText } from "../model/type_text.ts";
import { CatalogTree } from "./catalog_tree.ts";
import { Chart } from "./chart.ts";
import { byId, drawn, el, show } from "./dom.ts";
import { Editor } from "./editor.ts";
import { makeExportMenu } from "./export_menu.ts";
import { Grid } from "./grid.ts";
import { askLogin } from "./login.ts";
import { Session } from "./session.ts";
import { Status } from "./status.ts";
import { makeTabs } from "./tabs.ts";

/** Key of the text of the editor, which the browser keeps between visits. */
const TEXT_KEY = "explorer-sql";

const NO_CATALOG = "The catalog could not be read";

/** A button that helps. */
interface Remedy {
  readonly label: string;
  readonly act: () => void;
}

/** The page. */
export class App {
  readonly #session = new Session();
  readonly #status = new Status();
  readonly #grid = new Grid(
    byId("grid-host"),
    byId("cell-detail"),
    (text) => this.#status.announce(text),
  );
  readonly #chart = new Chart();
  readonly #tree: CatalogTree;
  readonly #editor: Editor;
  readonly #selectTab: (panel: string) => void;
  readonly #runButton = byId<HTMLButtonElement>("run");
  readonly #cancelButton = byId<HTMLButtonElement>("cancel");
  readonly #exportButton = byId<HTMLButtonElement>("export");
  readonly #limit = byId<HTMLSelectElement>("limit");
  #catalog: Catalog = { tables: [], flights: [] };
  #dialect: SqlDialect = STANDARD;
  #panel = "panel-grid";
  #running: AbortController | undefined;
  #result: { store: ResultStore; title: string } | undefined;
  #again: (() => void) | undefined;
  /** The dialog that asks for a user, while it is open. */
  #login: Promise<boolean> | undefined;

  /** Wires the page up. */
  constructor() {
    this.#tree = new CatalogTree(byId("catalog"), {
      openTable: (table) => this.#openTable(table),
      openFlight: (flight) => this.#openFlight(flight),
      insert: (name) => this.#editor.insert(quoted(name)),
    });
    this.#editor = new Editor(byId("editor"), {
      text: keptText(TEXT_KEY) ?? "",
      catalog: () => this.#catalog,
      dialect: () => this.#dialect,
      run: () => this.#runEditor(),
      changed: (text) => keepText(TEXT_KEY, text),
    });
    this.#selectTab = makeTabs(byId("tabs"), (panel) => {
      this.#panel = panel;
      void this.#refresh();
    });
    makeExportMenu({
      result: () => this.#result,
      tell: (text) => this.#status.tell("done", text),
      fail: (error) => {
        // The rows stay: another format may do.
        const text = `The file was not written: ${errorText(error).details}`;
        this.#notice(text);
        this.#status.tell("failed", text);
      },
    });
    this.#runButton.addEventListener("click", () => this.#runEditor());
    this.#cancelButton.addEventListener("click", () => this.#cancel());
    byId("refresh").addEventListener("click", () => void this.loadCatalog());
    byId("filter").addEventListener("input", (event) => {
      this.#tree.filter((event.target as HTMLInputElement).value);
    });
    byId("filter").addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown") return;
      byId("catalog").querySelector<HTMLElement>("[tabindex='0']")?.focus();
      event.preventDefault();
    });
    this.#makeDrawer();
    document.addEventListener("keydown", (event) => this.#shortcut(event));
    this.#showBody("body-empty");
  }

  /** Asks the server for what it has, and for a user first where it wants one. */
  async loadCatalog(): Promise<void> {
    this.#tree.showLoading();
    try {
      this.#catalog = await this.#withLogin(() => this.#session.catalog());
      this.#tree.show(this.#catalog);
      const { name, isReadOnly, dialect } = await this.#session.facts();
      this.#dialect = dialect;
      byId("server-name").textContent = name;
      show(byId("read-only"), isReadOnly);
      this.#status.untell(NO_CATALOG);
    } catch (error) {
      const { details } = errorText(error);
      this.#tree.showMessage(`${NO_CATALOG}: ${details}`);
      this.#status.tell("failed", NO_CATALOG);
    }
  }

  /** Makes calls, and asks for another user as long as the server refuses this one. */
  async #withLogin<T>(call: () => Promise<T>): Promise<T> {
    while (true) {
      const { client } = this.#session;
      try {
        return await call();
      } catch (error) {
        if (!needsLogin(error)) throw error;
        // The catalog and a query may both be refused: the first one asks for both.
        if (client !== this.#session.client) continue;
        this.#login ??= this.#logIn();
        if (!await this.#login) throw error;
      }
    }
  }

  /** Asks for a user; false when the dialog was closed. */
  async #logIn(): Promise<boolean> {
    const login = await askLogin(this.#session.hasUser);
    this.#login = undefined;
    if (login !== undefined) this.#session.logIn(login);
    return login !== undefined;
  }

  #openTable(
    table: CatalogTable,
    asText: ReadonlySet<string> = new Set(),
  ): void {
    const statement = selectAll(table, this.#catalog, asText);
    this.#editor.replace(statement);
    this.#closeDrawer();
    void this.#runSql(statement, table.name, (error) => {
      const column = misfitColumn(error);
      const isKnown = table.columns.some(({ name }) => name === column);
      if (column === undefined || !isKnown || asText.has(column)) return;
      return {
        label: `Show the column ${column} as text`,
        act: () => this.#openTable(table, new Set([...asText, column])),
      };
    });
  }

  #openFlight(flight: CatalogFlight): void {
    this.#closeDrawer();
    void this.#run(
      flight.name,
      (signal) =>
        Promise.resolve({ batches: this.#session.readFlight(flight, signal) }),
    );
  }

  #runEditor(): void {
    const { statement } = this.#editor;
    if (statement !== "") void this.#runSql(statement);
    else if (this.#running === undefined) {
      this.#editor.focus();
      this.#status.tell("idle", "Write a statement, or choose a table");
    }
  }

  async #runSql(
    statement: string,
    title?: string,
    remedyOf?: (error: unknown) => Remedy | undefined,
  ): Promise<void> {
    const [, table] = /\bFROM\s+"?([\w$]+)/i.exec(statement) ?? [];
    await this.#run(
      title ?? table ?? "result",
      (signal) => runStatement(this.#session.client, statement, signal),
      remedyOf,
    );
  }

  /** Runs something that gives rows; what ran before ends. */
  async #run(
    title: string,
    start: (signal: AbortSignal) => Promise<Outcome>,
    remedyOf?: (error: unknown) => Remedy | undefined,
  ): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    const { signal } = running;
    this.#running = running;
    this.#again = () => void this.#run(title, start, remedyOf);
    const startedAt = performance.now();
    let open: { store: ResultStore; meter: RateMeter } | undefined;
    const isCurrent = (): boolean => this.#running === running;
    const figures = (isRunning: boolean): void => {
      if (isCurrent()) {
        this.#status.figures(open?.store, open?.meter, startedAt, isRunning);
      }
    };
    this.#begin();
    // Until the first row, nothing else shows that time passes.
    const ticking = setInterval(() => figures(true), 1000);
    try {
      const outcome = await this.#withLogin(async () => {
        const outcome = await start(signal);
        // The server refuses a user before it sends the columns.
        if ("batches" in outcome) await outcome.batches.schema;
        return outcome;
      });
      if ("changed" in outcome) {
        if (isCurrent()) this.#showChanged(outcome.changed, startedAt);
        return;
      }
      const { isCut, store } = await readResult(outcome.batches, {
        maxRows: Number(this.#limit.value),
        signal,
        now: () => performance.now(),
        onBegin: (store, meter) => {
          open = { store, meter };
          if (isCurrent()) this.#open(store, title);
        },
        show: async () => {
          figures(true);
          if (isCurrent()) await this.#refresh();
          await drawn();
        },
      });
      if (!isCurrent()) return;
      await this.#refresh();
      if (isCut) this.#showCut(store);
      if (store.numRows === 0) this.#notice("The result has no rows.");
      this.#status.tell(
        "done",
        `${countOf(store.numRows, "row")} in ${
          durationText(performance.now() - startedAt)
        }`,
      );
    } catch (error) {
      if (!isCurrent()) return;
      await this.#refresh();
      if (signal.aborted) this.#showCanceled(open?.store);
      else this.#fail(error, open?.store, remedyOf?.(error));
    } finally {
      clearInterval(ticking);
      figures(false);
      if (isCurrent()) {
        this.#running = undefined;
        this.#setRunning(false);
      }
    }
  }

  #begin(): void {
    this.#setRunning(true);
    show(byId("notice"), false);
    this.#status.tell("running", "Running …");
    this.#status.figures(undefined, undefined, 0, false);
    // The last result stays until the first rows, so that nothing jumps.
    if (this.#result === undefined) this.#showBody("body-waiting");
  }

  #open(store: ResultStore, title: string): void {
    this.#result = { store, title };
    this.#exportButton.disabled = false;
    this.#chart.open(store);
    this.#showSchema(store);
    this.#showBody("body-result");
    this.#selectTab(this.#panel);
    void this.#grid.open(store);
  }

  async #refresh(): Promise<void> {
    if (this.#result === undefined) return;
    if (this.#panel === "panel-grid") await this.#grid.refresh();
    else if (this.#panel === "panel-chart") await this.#chart.draw();
  }

  #cancel(): void {
    this.#running?.abort();
  }

  #setRunning(isRunning: boolean): void {
    show(this.#cancelButton, isRunning);
    show(this.#runButton, !isRunning);
    byId("progress").dataset.running = String(isRunning);
    byId("results").setAttribute("aria-busy", String(isRunning));
  }

  #showChanged(changed: bigint, startedAt: number): void {
    const text = changed < 0n ? "Done" : `${countOf(changed, "row")} changed`;
    this.#clear();
    byId("done-text").textContent = text;
    this.#showBody("body-done");
    this.#status.tell(
      "done",
      `${text} in ${durationText(performance.now() - startedAt)}`,
    );
    void this.loadCatalog();
  }

  #showCut(store: ResultStore): void {
    const isRows = store.numRows >= store.maxRows;
    this.#notice(
      isRows
        ? `Only the first ${
          countText(store.numRows)
        } rows are shown: that is the limit of the page. The query was ended.`
        : `Only the first ${
          countText(store.numRows)
        } rows are shown: they fill the memory that the page may use. The query was ended.`,
      isRows && this.#limit.selectedIndex < this.#limit.options.length - 1
        ? {
          label: "Raise the limit and run again",
          act: () => {
            this.#limit.selectedIndex++;
            this.#again?.();
          },
        }
        : undefined,
    );
  }

  #showCanceled(store: ResultStore | undefined): void {
    this.#status.tell("stopped", "Canceled");
    if ((store?.numRows ?? 0) === 0) {
      this.#clear();
      this.#showBody("body-empty");
    } else {
      this.#notice(
        `Canceled: the ${
          countOf(store!.numRows, "row")
        } that had arrived are shown.`,
      );
    }
  }

  #fail(
    error: unknown,
    store: ResultStore | undefined,
    remedy: Remedy | undefined,
  ): void {
    const { code, details, hint } = errorText(error);
    this.#status.tell("failed", `${code}: ${details}`);
    if ((store?.numRows ?? 0) > 0) {
      const rows = countOf(store!.numRows, "row");
      this.#notice(
        `Incomplete: the query failed after these ${rows}. ${code}: ${details}`,
        remedy,
      );
      return;
    }
    byId("error-code").textContent = code;
    byId("error-details").textContent = details;
    byId("error-hint").textContent = hint ?? "";
    byId("error-remedy").replaceChildren(...remedy ? [button(remedy)] : []);
    this.#clear();
    this.#showBody("body-error");
  }

  #clear(): void {
    this.#result = undefined;
    this.#exportButton.disabled = true;
    this.#chart.open(undefined);
    void this.#grid.open(undefined);
  }

  #notice(text: string, remedy?: Remedy): void {
    byId("notice").replaceChildren(
      el("span", {}, text),
      ...remedy ? [button(remedy)] : [],
    );
    show(byId("notice"), true);
  }

  /** Shows one of the bodies of the results. */
  #showBody(id: string): void {
    for (const body of byId("results-body").children) {
      (body as HTMLElement).hidden = body.id !== id;
    }
    show(byId("tabs"), id === "body-result");
    if (id !== "body-result") {
      show(byId("notice"), false);
      byId("cell-detail").replaceChildren();
    }
  }

  #showSchema({ schema }: ResultStore): void {
    const rows = this.#catalogColumns(schema.fields);
    byId("schema-rows").replaceChildren(...rows);
  }

  #catalogColumns(
    fields: ResultStore["schema"]["fields"],
  ): HTMLTableRowElement[] {
    return fields.map(({ name, type, nullable }, index) =>
      el(
        "tr",
        {},
        el("td.num", {}, String(index + 1)),
        el("th", { scope: "row" }, name),
        el("td", {}, typeText(type)),
        el("td", {}, nullable ? "yes" : "no"),
      )
    );
  }

  #makeDrawer(): void {
    const button = byId("menu");
    button.addEventListener("click", () => {
      const isOpen = document.body.classList.toggle("drawer-open");
      button.setAttribute("aria-expanded", String(isOpen));
      if (isOpen) byId("filter").focus();
    });
    byId("scrim").addEventListener("click", () => this.#closeDrawer());
  }

  #closeDrawer(): void {
    document.body.classList.remove("drawer-open");
    byId("menu").setAttribute("aria-expanded", "false");
  }

  #shortcut(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      if (document.body.classList.contains("drawer-open")) {
        this.#closeDrawer();
        byId("menu").focus();
      } else if (
        // The key that closes a dialog, or a list of the editor, is for it alone.
        !event.defaultPrevented &&
        document.querySelector("dialog[open]") === null
      ) this.#cancel();
      return;
    }
    if (!event.altKey || event.ctrlKey || event.metaKey) return;
    const actions: Readonly<Record<string, () => void>> = {
      Digit1: () => byId("filter").focus(),
      Digit2: () => this.#editor.focus(),
      Digit3: () => {
        if (this.#result === undefined) return;
        this.#selectTab("panel-grid");
        this.#grid.focus();
      },
      Digit4: () => this.#result && this.#selectTab("panel-chart"),
      KeyC: () => this.#cancel(),
    };
    const action = actions[event.code];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }
}

function button({ label, act }: Remedy): HTMLElement {
  return el("button.link", { type: "button", onclick: act }, label);
}
