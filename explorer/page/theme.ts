/// <reference lib="dom" />
/** Dark and light. */

import { keepText, keptText } from "../model/kept_text.ts";
import { icon } from "./dom.ts";

const KEY = "explorer-theme";

/**
 * Makes the button work that changes the theme. Until it is used, the theme is that of the system.
 *
 * @param button The button.
 */
export function makeThemeButton(button: HTMLButtonElement): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const current = (): "dark" | "light" => {
    const chosen = keptText(KEY);
    return chosen === "dark" || chosen === "light"
      ? chosen
      : system.matches
      ? "dark"
      : "light";
  };
  function apply(): void {
    const theme = current();
    document.documentElement.dataset.theme = theme;
    const other = theme === "dark" ? "light" : "dark";
    button.replaceChildren(icon(other === "dark" ? "moon" : "sun"));
    button.setAttribute("aria-label", `Use the ${other} theme`);
    button.title = `Use the ${other} theme`;
  }
  button.addEventListener("click", () => {
    keepText(KEY, current() === "dark" ? "light" : "dark");
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}
