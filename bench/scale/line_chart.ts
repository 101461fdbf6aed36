/**
 * Charts of lines, as SVG: both axes are logarithmic, so that a cost in
 * proportion is a straight line.
 *
 * @module
 */

/** A line of a chart. */
export interface Line {
  readonly name: string;
  readonly color: string;
  readonly dashed: boolean;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A chart. */
export interface Chart {
  readonly title: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly lines: readonly Line[];
}

const WIDTH = 720;
const HEIGHT = 420;
const PLOT = { left: 70, right: 500, top: 44, bottom: 360 };
const LEGEND_X = 520;
const LINE_HEIGHT = 20;

/** A logarithmic axis. */
class Axis {
  /** Values with a label. */
  readonly ticks: readonly number[];
  readonly #from: number;
  readonly #to: number;
  readonly #start: number;
  readonly #end: number;

  /**
   * @param ticks Values with a label; the axis reaches from the first to the
   * last.
   * @param pixels Start and end on the page.
   */
  constructor(
    ticks: readonly number[],
    [start, end]: readonly [number, number],
  ) {
    this.ticks = ticks;
    this.#from = Math.log10(ticks[0] ?? 1);
    this.#to = Math.log10(ticks.at(-1) ?? 1);
    // One value has the whole axis.
    if (this.#to === this.#from) this.#to += 1;
    this.#start = start;
    this.#end = end;
  }

  at(value: number): number {
    const share = (Math.log10(value) - this.#from) / (this.#to - this.#from);
    return this.#start + share * (this.#end - this.#start);
  }
}

/** Round values around others: 1, 2 and 5 of each power, or powers if many. */
function roundTicks(values: readonly number[]): number[] {
  if (values.length === 0) return [];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const factors = high / low > 300 ? [1] : [1, 2, 5];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low));; power++) {
    for (const factor of factors) {
      const tick = factor * 10 ** power;
      // The last one below all values, and the first one above, are the ends.
      if (tick <= low) ticks.length = 0;
      ticks.push(tick);
      if (tick >= high && ticks.length > 1) return ticks;
    }
  }
}

function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** Draws a chart. */
export function drawChart(chart: Chart): string {
  const points = chart.lines.flatMap(({ points }) => points);
  const x = new Axis(
    ascending(points.map(([x]) => x)),
    [PLOT.left, PLOT.right],
  );
  const y = new Axis(
    roundTicks(points.map(([, y]) => y)),
    [PLOT.bottom, PLOT.top],
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" ` +
    `role="img" font-family="sans-serif" font-size="13" fill="#222">`,
    `<title>${escaped(chart.title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    text(PLOT.left, 24, chart.title, `font-size="16" font-weight="bold"`),
    ...x.ticks.flatMap((tick) => [
      grid(x.at(tick), PLOT.top, x.at(tick), PLOT.bottom),
      text(x.at(tick), PLOT.bottom + 18, label(tick), `text-anchor="middle"`),
    ]),
    ...y.ticks.flatMap((tick) => [
      grid(PLOT.left, y.at(tick), PLOT.right, y.at(tick)),
      text(PLOT.left - 8, y.at(tick) + 4, label(tick), `text-anchor="end"`),
    ]),
    text(
      (PLOT.left + PLOT.right) / 2,
      PLOT.bottom + 42,
      chart.xTitle,
      `text-anchor="middle"`,
    ),
    text(
      0,
      0,
      chart.yTitle,
      `text-anchor="middle" transform="translate(18 ${
        (PLOT.top + PLOT.bottom) / 2
      }) rotate(-90)"`,
    ),
    ...chart.lines.flatMap((line) => drawLine(line, x, y)),
    ...chart.lines.flatMap(drawLegend),
    "</svg>\n",
  ].join("\n");
}

function drawLine(line: Line, x: Axis, y: Axis): string[] {
  const places = line.points.map(([px, py]) => [x.at(px), y.at(py)] as const);
  const path = places.map(([px, py]) => `${short(px)},${short(py)}`).join(" ");
  return [
    `<polyline points="${path}" fill="none" ${stroke(line)}/>`,
    ...places.map(([px, py]) =>
      `<circle cx="${short(px)}" cy="${short(py)}" r="3" fill="${line.color}"/>`
    ),
  ];
}

function drawLegend(line: Line, index: number): string[] {
  const y = PLOT.top + 8 + index * LINE_HEIGHT;
  return [
    `<path d="M${LEGEND_X} ${y}h24" ${stroke(line)}/>`,
    text(LEGEND_X + 32, y + 4, line.name),
  ];
}

function stroke({ color, dashed }: Line): string {
  return `stroke="${color}" stroke-width="2"` +
    (dashed ? ` stroke-dasharray="6 4"` : "");
}

function grid(x1: number, y1: number, x2: number, y2: number): string {
  return `<path d="M${short(x1)} ${short(y1)}L${short(x2)} ${short(y2)}" ` +
    `stroke="#ddd"/>`;
}

function text(x: number, y: number, value: string, more = ""): string {
  const place = `x="${short(x)}" y="${short(y)}"`;
  return `<text ${place}${more && ` ${more}`}>${escaped(value)}</text>`;
}

function label(value: number): string {
  return value >= 1000
    ? Math.round(value).toLocaleString("en-US")
    : String(Number(value.toPrecision(3)));
}

function short(value: number): string {
  return value.toFixed(1);
}

function escaped(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
