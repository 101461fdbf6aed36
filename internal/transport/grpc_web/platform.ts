/** Abilities of the `fetch` of this runtime. */

/** Runtimes whose `fetch` sends a body while it already reads the answer: full duplex. */
const FULL_DUPLEX = /^(?:Deno|Bun|Node\.js|Cloudflare-Workers)\b/;

/** Reports whether an answer can be read before the body of its request was sent. */
export function isFullDuplex(): boolean {
  return FULL_DUPLEX.test(globalThis.navigator?.userAgent ?? "");
}

/** Reports whether this is a page or a worker of a browser: no failure of `fetch` has its reason there. */
export function isBrowser(): boolean {
  return /^Mozilla\//.test(globalThis.navigator?.userAgent ?? "");
}

/**
 * Reports whether `fetch` sends a stream as it is read. Where it cannot, a Request turns the stream into
 * text, and does not look at `duplex` (Fetch standard, "fully read body as promise").
 */
export function sendsStreams(): boolean {
  let isRead = false;
  try {
    const request = new Request("https://localhost/", {
      method: "POST",
      body: new ReadableStream(),
      get duplex() {
        isRead = true;
        return "half" as const;
      },
    } as RequestInit);
    return isRead && !request.headers.has("content-type");
  } catch {
    return false;
  }
}

/**
 * Reports whether `fetch` sends nothing of a request, not even its headers, before the first part of a
 * streamed body.
 */
export function sendsBodyFirst(): boolean {
  return /^Node\.js\b/.test(globalThis.navigator?.userAgent ?? "");
}

/** The source text of Bun's `fetch`. A function in its place that was written in JavaScript has another. */
const NATIVE_FETCH = /^function fetch\(\) \{\s*\[native code\]\s*\}$/;

/**
 * Reports whether the memory of the chunks of an answer is worth freeing early, and is used by nothing else:
 * on Bun, where each has memory of its own that the collector finds late, if the answer comes from the
 * runtime itself. Another `fetch` may keep chunks, or clone the answer, which shares them.
 *
 * @param response The answer.
 * @param own The option `fetch`.
 */
export function ownsChunks(response: Response, own: unknown): boolean {
  return "Bun" in globalThis && own === undefined &&
    // Made by `new Response()`, it has none.
    response.url !== "" &&
    NATIVE_FETCH.test(Function.prototype.toString.call(fetch));
}
