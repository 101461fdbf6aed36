/// <reference lib="dom" />
/** The chart of a result. */

import {
  AGGREGATES,
  CHART_KINDS,
  type ChartData,
  chartData,
  type ChartKind,
  type ChartSpec,
  chooseChart,
} from "../model/chart_data.ts";
import { axisNumber, countOf } from "../model/number_text.ts";
import type { ResultStore } from "../model/result_store.ts";
import { kindOf } from "../model/type_text.ts";
import { byId, el, show, styleNonce } from "./dom.ts";

/** Observable Plot, which is loaded with the first chart. */
type Plot = typeof import("@observablehq/plot");

const KIND_NAMES: Readonly<Record<ChartKind, string>> = {
  line: "Line",
  points: "Points",
  bars: "Bars",
  histogram: "Histogram",
};

/** Draws the chart, and keeps what was chosen. */
export class Chart {
  readonly #figure = byId("chart-figure");
  readonly #note = byId("chart-note");
  readonly #kind = byId<HTMLSelectElement>("chart-kind");
  readonly #x = byId<HTMLSelectElement>("chart-x");
  readonly #y = byId<HTMLSelectElement>("chart-y");
  readonly #aggregate = byId<HTMLSelectElement>("chart-aggregate");
  #plot: Promise<Plot> | undefined;
  #store: ResultStore | undefined;
  #isDrawing = false;
  #isStale = false;

  /** Listens to the controls. */
  constructor() {
    for (const kind of CHART_KINDS) {
      this.#kind.append(el("option", { value: kind }, KIND_NAMES[kind]));
    }
    for (const name of AGGREGATES) {
      this.#aggregate.append(el("option", { value: name }, name));
    }
    for (const control of [this.#kind, this.#x, this.#y, this.#aggregate]) {
      control.addEventListener("change", () => void this.draw());
    }
    new ResizeObserver(() => void this.draw()).observe(this.#figure);
  }

  /** Takes a result; it is drawn with the next `draw`. */
  open(store: ResultStore | undefined): void {
    this.#store = store;
    this.#x.replaceChildren();
    this.#y.replaceChildren();
    this.#figure.replaceChildren();
    this.#note.textContent = "";
    if (store === undefined) return;
    store.schema.fields.forEach(({ name, type }, index) => {
      const option = (): HTMLOptionElement =>
        el("option", { value: index }, name || `column ${index + 1}`);
      this.#x.append(option());
      if (kindOf(type) === "number") this.#y.append(option());
    });
    const chosen = chooseChart(store.schema);
    if (chosen === undefined) return;
    this.#kind.value = chosen.kind;
    this.#x.value = String(chosen.x);
    this.#y.value = String(chosen.y);
    this.#aggregate.value = chosen.aggregate;
  }

  /** Draws what there is. Calls while it draws make one more drawing. */
  async draw(): Promise<void> {
    if (this.#isDrawing) {
      this.#isStale = true;
      return;
    }
    this.#isDrawing = true;
    try {
      do {
        this.#isStale = false;
        await this.#draw();
      } while (this.#isStale);
    } finally {
      this.#isDrawing = false;
    }
  }

  async #draw(): Promise<void> {
    const store = this.#store;
    const width = this.#figure.clientWidth;
    const height = this.#figure.clientHeight;
    if (store === undefined || width < 50 || height < 50) return;
    const spec = this.#spec();
    const takesY = spec.kind === "line" || spec.kind === "points" ||
      spec.kind === "bars" && spec.aggregate !== "count";
    show(this.#y.closest("label")!, takesY);
    show(this.#aggregate.closest("label")!, spec.kind === "bars");
    const data = chartData(store, spec);
    if (data.points.length + data.bars.length === 0) {
      this.#figure.replaceChildren(
        el(
          "p.empty",
          {},
          store.numRows === 0
            ? "There are no rows to draw."
            : "These columns have nothing to draw: choose other ones.",
        ),
      );
      this.#note.textContent = "";
      return;
    }
    const plot = await (this.#plot ??= import("@observablehq/plot"));
    const names = store.schema.fields.map(({ name }) => name);
    const chart = drawChart(plot, data, spec, names, width, height);
    chart.setAttribute("role", "img");
    chart.setAttribute(
      "aria-label",
      `${KIND_NAMES[spec.kind]} of ${names[spec.x]}${
        takesY ? ` and ${names[spec.y]}` : ""
      }, ${countOf(store.numRows, "row")}`,
    );
    // The chart is one picture: the names of its parts are for nothing.
    for (
      const part of chart.querySelectorAll("[aria-label], [aria-description]")
    ) {
      part.removeAttribute("aria-label");
      part.removeAttribute("aria-description");
    }
    for (const style of chart.querySelectorAll("style")) {
      style.nonce = styleNonce();
    }
    this.#figure.replaceChildren(chart);
    this.#note.textContent = data.note ?? "";
  }

  #spec(): ChartSpec {
    return {
      kind: this.#kind.value as ChartKind,
      x: Number(this.#x.value),
      y: Number(this.#y.value),
      aggregate: this.#aggregate.value as ChartSpec["aggregate"],
    };
  }
}

/** Width of a character of labels, in pixels, about. */
const LABEL_PX = 6.6;
/** Characters that the margins have room for at least. */
const LABEL_LENGTH = 6;

/** Characters of the longest label of each axis. */
interface LabelLengths {
  readonly x: number;
  readonly y: number;
}

type ChartArguments = readonly [
  plot: Plot,
  data: ChartData,
  spec: ChartSpec,
  names: readonly string[],
  width: number,
  height: number,
];

/** Draws a chart, and draws it again where the labels that it has got need wider margins. */
function drawChart(...args: ChartArguments): Element {
  const least = { x: LABEL_LENGTH, y: LABEL_LENGTH };
  const chart = plotChart(args, least);
  const [, , { kind }] = args;
  // The labels of bars are texts, which have a bound of their own.
  if (kind === "bars") return chart;
  const longest = (axis: "x" | "y"): number => {
    const labels = chart.querySelectorAll(
      `[aria-label="${axis}-axis tick label"] text`,
    );
    return Math.max(
      LABEL_LENGTH,
      ...[...labels].map(({ textContent }) => textContent.length),
    );
  };
  const found = { x: longest("x"), y: longest("y") };
  return found.x > least.x || found.y > least.y
    ? plotChart(args, found)
    : chart;
}

function plotChart(
  [plot, data, spec, names, width, height]: ChartArguments,
  labels: LabelLengths,
): Element {
  const color = "var(--accent)";
  const isTime = data.isTime;
  const axis = {
    label: names[spec.x] ?? "",
    grid: false,
    ...isTime ? {} : {
      tickFormat: axisNumber,
      ticks: Math.max(2, Math.min(10, width / (labels.x + 4) / LABEL_PX)),
    },
  };
  const common = {
    width,
    height,
    marginLeft: 24 + labels.y * LABEL_PX,
    marginBottom: 40,
    marginTop: 24,
    marginRight: isTime ? 20 : Math.max(20, 4 + labels.x * LABEL_PX / 2),
    style: {
      background: "transparent",
      fontFamily: "var(--sans)",
      fontSize: "12px",
    },
  };
  const at = (value: number): number | Date => isTime ? new Date(value) : value;
  switch (spec.kind) {
    case "line":
    case "points": {
      const points = data.points.map(({ x, y }) => ({ x: at(x), y }));
      const channels = { x: "x", y: "y" };
      return plot.plot({
        ...common,
        x: axis,
        y: {
          label: names[spec.y] ?? "",
          grid: true,
          nice: true,
          tickFormat: axisNumber,
        },
        marks: spec.kind === "line"
          ? [
            plot.lineY(points, {
              ...channels,
              stroke: color,
              strokeWidth: 1.5,
            }),
          ]
          : [plot.dot(points, {
            ...channels,
            r: 2.2,
            fill: color,
            fillOpacity: 0.45,
          })],
      });
    }
    case "histogram":
      return plot.plot({
        ...common,
        x: axis,
        y: { label: "rows", grid: true, nice: true, tickFormat: axisNumber },
        marks: [
          plot.rectY(
            data.bars.map(({ from, to, value }) => ({
              from: at(from!),
              to: at(to!),
              value,
            })),
            { x1: "from", x2: "to", y: "value", fill: color, inset: 0.5 },
          ),
          plot.ruleY([0], { stroke: "var(--border-strong)" }),
        ],
      });
    case "bars": {
      // A label may be any text; a third of the width is for the longest.
      const most = Math.max(6, Math.floor(width / 3 / LABEL_PX));
      const shown = (label: string): string =>
        label.length > most ? `${label.slice(0, most - 1)}…` : label;
      const longest = Math.max(
        ...data.bars.map(({ label }) => shown(label).length),
      );
      const label = spec.aggregate === "count"
        ? "rows"
        : `${spec.aggregate} of ${names[spec.y]}`;
      const least = data.bars.length * 15 + 64;
      // Of a chart that is scrolled, the lower axis is out of sight.
      const isScrolled = least > height;
      return plot.plot({
        ...common,
        marginLeft: 28 + longest * LABEL_PX,
        marginTop: isScrolled ? 40 : 24,
        height: isScrolled
          ? least + 16
          : Math.max(Math.min(height, 90 + data.bars.length * 40), least),
        x: {
          axis: isScrolled ? "both" : "bottom",
          label,
          grid: true,
          nice: true,
          ticks: Math.max(2, Math.floor(width / 150)),
          tickFormat: axisNumber,
        },
        marginRight: 48,
        y: { label: null, tickSize: 0, tickFormat: shown },
        marks: [
          plot.barX(data.bars, {
            x: "value",
            y: "label",
            sort: { y: "-x" },
            fill: color,
            rx: 2,
          }),
          plot.ruleX([0], { stroke: "var(--border-strong)" }),
        ],
      });
    }
  }
}
