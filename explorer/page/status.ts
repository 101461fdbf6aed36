/// <reference lib="dom" />
/** The line of progress, and what is told to screen readers. */

import {
  bytesText,
  countOf,
  durationText,
  shortCount,
} from "../model/number_text.ts";
import type { RateMeter } from "../model/rate_meter.ts";
import type { ResultStore } from "../model/result_store.ts";
import { byId, el } from "./dom.ts";

/** State of what runs: the color of the dot. */
type StatusKind = "idle" | "running" | "done" | "stopped" | "failed";

/** The line at the end of the page. */
export class Status {
  readonly #text = byId("status-text");
  readonly #figures = byId("status-figures");
  readonly #line = byId("status");
  readonly #live = byId("live");

  /** Shows a text, and tells it to screen readers. */
  tell(kind: StatusKind, text: string): void {
    this.#line.dataset.kind = kind;
    this.#text.textContent = text;
    this.announce(text);
  }

  /** Takes back a text of {@linkcode tell}, if it is shown. */
  untell(text: string): void {
    if (this.#text.textContent === text) this.tell("idle", "Ready");
  }

  /** Tells a text to screen readers only. */
  announce(text: string): void {
    this.#live.textContent = text;
  }

  /** Shows rows, bytes, time and rates; of the moment while it runs, of the whole afterwards. */
  figures(
    store: ResultStore | undefined,
    meter: RateMeter | undefined,
    startedAt: number,
    isRunning: boolean,
  ): void {
    const now = performance.now();
    const time = ["time", durationText(now - startedAt)] as const;
    if (store === undefined || meter === undefined) {
      this.#show(isRunning ? [time] : []);
      return;
    }
    const rates = isRunning ? meter.current(now) : meter.overall(now);
    this.#show([
      ["rows", countOf(store.numRows, "row")],
      ["size", bytesText(store.numBytes)],
      time,
      ["rate", `${shortCount(rates.rows)} rows/s`],
      ["byte-rate", `${bytesText(rates.bytes)}/s`],
    ]);
  }

  #show(figures: readonly (readonly [string, string])[]): void {
    this.#figures.replaceChildren(
      ...figures.map(([name, text]) =>
        el("span", { "data-figure": name }, text)
      ),
    );
  }
}
