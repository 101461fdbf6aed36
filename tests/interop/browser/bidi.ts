/**
 * WebDriver BiDi, as far as opening a page takes.
 *
 * @module
 */

/** Longest wait for an answer. */
const TIMEOUT_MS = 30_000;

interface Answer {
  readonly id?: number;
  readonly type: "success" | "error" | "event";
  readonly result?: unknown;
  readonly error?: string;
  readonly message?: string;
}

/** A session of a browser. */
export class BidiSession {
  readonly #socket: WebSocket;
  readonly #waiting: Map<number, (answer: Answer) => void> = new Map();
  #count = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const answer = JSON.parse(data) as Answer;
      if (answer.id === undefined) return;
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    socket.addEventListener("close", () => {
      const error = { type: "error", message: "the browser is gone" } as const;
      for (const settle of this.#waiting.values()) settle(error);
      this.#waiting.clear();
    });
  }

  /** Connects to a browser, whose certificates are not checked from then on. */
  static async connect(url: string): Promise<BidiSession> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve, { once: true });
      socket.addEventListener("error", reject, { once: true });
    });
    const session = new BidiSession(socket);
    await session.#call("session.new", {
      capabilities: { alwaysMatch: { acceptInsecureCerts: true } },
    });
    return session;
  }

  /** Opens a page in a new tab. Closing it closes the tab. */
  async open(url: string): Promise<() => Promise<void>> {
    const { context } = await this.#call("browsingContext.create", {
      type: "tab",
    }) as { context: string };
    await this.#call("browsingContext.navigate", {
      context,
      url,
      wait: "interactive",
    });
    return async () => {
      await this.#call("browsingContext.close", { context });
    };
  }

  /** Ends the browser. */
  async end(): Promise<void> {
    await this.#call("browser.close", {}).catch(() => {});
    this.#socket.close();
  }

  async #call(method: string, params: object): Promise<unknown> {
    const id = ++this.#count;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(id, resolve);
      timer = setTimeout(
        () => resolve({ type: "error", message: "no answer" }),
        TIMEOUT_MS,
      );
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
    clearTimeout(timer);
    if (answer.type === "success") return answer.result;
    throw new Error(`${method}: ${answer.error} ${answer.message}`);
  }
}
