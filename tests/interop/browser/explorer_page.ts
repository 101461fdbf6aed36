/**
 * The explorer as a person uses it.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { AXE_SOURCE } from "./accessibility.ts";

/** Longest wait for anything to appear; machines of tests are busy. */
export const WAIT_MS = 60_000;

/** Options of {@linkcode openExplorer}. */
export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: "light" | "dark";
  readonly isPhone?: boolean;
}

/** A page with the explorer. */
export class ExplorerPage implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #problems: string[] = [];

  constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.setDefaultTimeout(WAIT_MS);
    page.on("pageerror", (error) => this.#problems.push(String(error)));
    page.on("console", (message) => {
      // Violations of the policy are reported here too.
      if (message.type() === "error") this.#problems.push(message.text());
    });
  }

  /** Errors of scripts, and violations of the policy, so far. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Waits for the catalog. */
  async catalog(): Promise<string[]> {
    await this.page.waitForSelector("[role=treeitem]");
    return await this.page.locator("[role=treeitem]").evaluateAll((items) =>
      items.map((item) => item.getAttribute("data-label") ?? "")
    );
  }

  /** Chooses an entry of the catalog, by the mouse, and waits for its rows. */
  async open(kind: "table" | "flight", name: string): Promise<string> {
    const label = kind === "table" ? `${name}, table` : `${name}, flight`;
    await this.page.click(`[data-label^="${label}"]`);
    return await this.ended();
  }

  /** Writes a statement in place of what is in the editor, by the keyboard. */
  async write(statement: string): Promise<void> {
    await this.page.locator(".cm-content").focus();
    await this.page.keyboard.press("ControlOrMeta+a");
    // Over a selection, Chromium would insert the text with the style of what was there.
    await this.page.keyboard.press("Delete");
    await this.page.keyboard.insertText(statement);
  }

  /** Runs a statement, and waits for its end. */
  async run(statement: string): Promise<string> {
    await this.write(statement);
    await this.page.keyboard.press("ControlOrMeta+Enter");
    return await this.ended();
  }

  /** Waits until nothing runs. */
  async ended(): Promise<string> {
    await this.page.waitForSelector(
      '#status:is([data-kind="done"], [data-kind="failed"], [data-kind="stopped"])',
    );
    await this.page.waitForSelector('#results[aria-busy="false"]');
    return await this.status();
  }

  /** Waits until an expression is true. Playwright's own way is what the policy of the page forbids. */
  async until(expression: string): Promise<void> {
    const end = Date.now() + WAIT_MS;
    while (!await this.page.evaluate(`Boolean(${expression})`)) {
      if (Date.now() > end) throw new Error(`never true: ${expression}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** The text of the line of progress. */
  async status(): Promise<string> {
    return await this.page.locator("#status-text").innerText();
  }

  /** The rows that the grid shows now, with their numbers. */
  async rows(): Promise<string[][]> {
    return await this.page.locator("regular-table tbody tr").evaluateAll(
      (rows) =>
        rows.map((row) =>
          [...row.querySelectorAll("th, td")].map((cell) =>
            cell.textContent ?? ""
          )
        ),
    );
  }

  /** Waits until a row has a number, and gives its cells. */
  async row(number: string): Promise<string[]> {
    await this.page.locator("regular-table tbody th", {
      hasText: new RegExp(`^${number}$`),
    }).waitFor();
    return (await this.rows()).find(([first]) => first === number)!;
  }

  /** Saves the result as a file, by the menu. */
  async save(
    format: string,
  ): Promise<{ name: string; bytes: Uint8Array }> {
    await this.page.click("#export");
    const download = this.page.waitForEvent("download", { timeout: WAIT_MS });
    await this.page.click(`[data-format="${format}"]`);
    const saved = await download;
    return {
      name: saved.suggestedFilename(),
      bytes: new Uint8Array(await readFile(await saved.path())),
    };
  }

  /** The grave faults of accessibility, by axe. */
  async faults(): Promise<string[]> {
    // The policy of the page lets no script in; this way is that of a debugger.
    await this.page.evaluate(AXE_SOURCE);
    const found = await this.page.evaluate(
      "axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations" +
        ".filter((v) => v.impact === 'serious' || v.impact === 'critical')" +
        ".map((v) => v.id + ': ' + v.help + ': ' + v.nodes.map((n) => n.target + ' ' + n.failureSummary).join('; ')))",
    );
    return found as string[];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}

/** Opens the explorer in a window of its own, without anything that an earlier one has kept. */
export async function openExplorer(
  browser: Browser,
  url: string,
  { width = 1280, height = 800, theme = "light", isPhone = false }:
    PageOptions = {},
): Promise<ExplorerPage> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    hasTouch: isPhone,
    isMobile: isPhone,
    acceptDownloads: true,
  });
  const page = new ExplorerPage(context, await context.newPage());
  await page.page.goto(url);
  return page;
}
