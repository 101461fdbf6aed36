/**
 * XMLHttpRequest over `fetch`, as far as the package `grpc-web` uses it: neither Deno nor Bun has one.
 *
 * @module
 */

const [OPENED, HEADERS_RECEIVED, LOADING, DONE] = [1, 2, 3, 4];

/** One request. */
export class FetchXmlHttpRequest {
  /** How far it has come. */
  readyState = 0;
  /** Status of HTTP. */
  status = 0;
  /** Text of the status. */
  statusText = "";
  /** What has come, as text. */
  responseText = "";
  /** All of it, in the wanted type. */
  response: unknown = "";
  /** "arraybuffer", or text. */
  responseType = "";
  /** Has no meaning here. */
  withCredentials = false;
  /** Is told of each step, and of each piece of text. */
  onreadystatechange: (() => void) | null = null;
  readonly #controller = new AbortController();
  readonly #headers: Headers = new Headers();
  #received = new Headers();
  #method = "";
  #url = "";

  /** Sets the method and the URL. */
  open(method: string, url: string): void {
    this.#method = method;
    this.#url = url;
    this.#enter(OPENED);
  }

  /** Adds a header. */
  setRequestHeader(name: string, value: string): void {
    this.#headers.append(name, value);
  }

  /** Returns a header of the answer. */
  getResponseHeader(name: string): string | null {
    return this.#received.get(name);
  }

  /** Returns the headers of the answer, a line for each. */
  getAllResponseHeaders(): string {
    return [...this.#received].map(([name, value]) => `${name}: ${value}\r\n`)
      .join("");
  }

  /** Sends it. */
  send(body: BodyInit): void {
    this.#run(body).catch(() => {
      this.status = 0;
      this.#enter(DONE);
    });
  }

  /** Cancels it. */
  abort(): void {
    this.#controller.abort();
  }

  async #run(body: BodyInit): Promise<void> {
    const response = await fetch(this.#url, {
      method: this.#method,
      headers: this.#headers,
      body,
      signal: this.#controller.signal,
    });
    this.#received = response.headers;
    this.status = response.status;
    this.statusText = response.statusText;
    this.#enter(HEADERS_RECEIVED);
    if (this.responseType === "arraybuffer") {
      this.response = await response.arrayBuffer();
    } else {
      const reader = response.body!.pipeThrough(new TextDecoderStream())
        .getReader();
      while (true) {
        const { done, value } = await reader.read();
        if (done) break;
        this.responseText += value;
        this.#enter(LOADING);
      }
      this.response = this.responseText;
    }
    this.#enter(DONE);
  }

  #enter(state: number): void {
    this.readyState = state;
    this.onreadystatechange?.();
  }
}
