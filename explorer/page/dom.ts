/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Elements of the page. */

/** Properties of {@linkcode el}: attributes by their names, and listeners by `on` and an event. */
type Properties = Readonly<
  Record<
    string,
    string | number | boolean | undefined | ((event: never) => void)
  >
>;

/**
 * Makes an element.
 *
 * @param tag Its tag, with classes behind dots: `button.primary`.
 * @param properties Its attributes and listeners; `true` is an empty attribute, `false` none.
 * @param children Elements and texts in it.
 */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K | `${K}.${string}`,
  properties: Properties = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[K] {
  const [name, ...classes] = tag.split(".");
  const element = document.createElement(name as K);
  if (classes.length > 0) element.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") {
      element.addEventListener(key.slice(2), value as EventListener);
    } else if (value === true) element.setAttribute(key, "");
    else if (value !== undefined && value !== false) {
      element.setAttribute(key, String(value));
    }
  }
  for (const child of children) if (child !== undefined) element.append(child);
  return element;
}

/** Finds an element of the page by its id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element as T;
}

/** An icon of the sprite in the page. */
export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** The number that lets styles of scripts into the page: see the policy of the server. */
export function styleNonce(): string {
  const meta = document.querySelector<HTMLMetaElement>(
    'meta[property="csp-nonce"]',
  );
  return meta?.nonce ?? "";
}

/** Resolves when the page has been drawn; in a page in the background, soon. */
export function drawn(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, 250);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      setTimeout(resolve, 0);
    });
  });
}

/** Hides an element, or shows it. */
export function show(element: HTMLElement, isShown: boolean): void {
  element.hidden = !isShown;
}
