/// <reference lib="dom" />
/** Tabs, by the ARIA Authoring Practices. */

/**
 * Makes a list of tabs work.
 *
 * @param list The element of the role `tablist`; its tabs name their panels by `aria-controls`.
 * @param changed Is told the id of the panel that is shown.
 * @returns Shows the panel of an id.
 */
export function makeTabs(
  list: HTMLElement,
  changed: (panel: string) => void,
): (panel: string) => void {
  const tabs = [...list.querySelectorAll<HTMLElement>("[role=tab]")];

  function select(panel: string): void {
    for (const tab of tabs) {
      const id = tab.getAttribute("aria-controls")!;
      const isSelected = id === panel;
      tab.setAttribute("aria-selected", String(isSelected));
      tab.tabIndex = isSelected ? 0 : -1;
      document.getElementById(id)!.hidden = !isSelected;
    }
    changed(panel);
  }

  tabs.forEach((tab, index) => {
    tab.addEventListener(
      "click",
      () => select(tab.getAttribute("aria-controls")!),
    );
    tab.addEventListener("keydown", (event) => {
      const last = tabs.length - 1;
      const to = {
        ArrowRight: index === last ? 0 : index + 1,
        ArrowLeft: index === 0 ? last : index - 1,
        Home: 0,
        End: last,
      }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = tabs[to]!;
      next.focus();
      select(next.getAttribute("aria-controls")!);
    });
  });
  return select;
}
