/// <reference lib="dom" />
/** Bars that change the size of what is before them. */

import { keepText, keptText } from "../model/kept_text.ts";

/** A size that the user may choose. */
interface SplitterOptions {
  /** The variable of the style sheet that has the size. */
  readonly variable: string;
  readonly axis: "x" | "y";
  readonly min: number;
  readonly max: number;
  readonly initial: number;
}

/**
 * Makes a separator work, by mouse, touch and keyboard.
 *
 * @param bar The separator.
 * @param options The size that it changes, in pixels.
 */
export function makeSplitter(
  bar: HTMLElement,
  { variable, axis, min, max, initial }: SplitterOptions,
): void {
  const key = `explorer${variable}`;
  let size = Number(keptText(key)) || initial;

  function set(wanted: number): void {
    size = Math.round(Math.min(max, Math.max(min, wanted)));
    document.documentElement.style.setProperty(variable, `${size}px`);
    bar.setAttribute("aria-valuenow", String(size));
    keepText(key, String(size));
  }

  bar.setAttribute("aria-valuemin", String(min));
  bar.setAttribute("aria-valuemax", String(max));
  set(size);
  bar.addEventListener("pointerdown", (event) => {
    bar.setPointerCapture(event.pointerId);
    const from = axis === "x" ? event.clientX : event.clientY;
    const begin = size;
    const move = (event: PointerEvent): void =>
      set(begin + (axis === "x" ? event.clientX : event.clientY) - from);
    bar.addEventListener("pointermove", move);
    bar.addEventListener(
      "lostpointercapture",
      () => bar.removeEventListener("pointermove", move),
      { once: true },
    );
    event.preventDefault();
  });
  bar.addEventListener("dblclick", () => set(initial));
  bar.addEventListener("keydown", (event) => {
    const step = event.shiftKey ? 64 : 16;
    const [less, more] = axis === "x"
      ? ["ArrowLeft", "ArrowRight"]
      : ["ArrowUp", "ArrowDown"];
    if (event.key === less) set(size - step);
    else if (event.key === more) set(size + step);
    else if (event.key === "Home") set(min);
    else if (event.key === "End") set(max);
    else return;
    event.preventDefault();
  });
}
