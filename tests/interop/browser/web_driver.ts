/**
 * WebDriver over HTTP, as far as the pages of the tests take it.
 *
 * @module
 */

/** Longest wait for an answer. */
const TIMEOUT_MS = 120_000;

/** Keys without a character, by the numbers of WebDriver. */
export const KEYS = {
  enter: "\uE007",
  control: "\uE009",
  end: "\uE010",
  delete: "\uE017",
} as const;

/** The result of the command New Session. */
interface NewSession {
  readonly sessionId: string;
  readonly capabilities: { readonly browserVersion: string };
}

/** A session of a browser with one page. */
export class WebDriverSession {
  readonly #url: string;
  /** Version of the browser. */
  readonly version: string;

  private constructor(url: string, version: string) {
    this.#url = url;
    this.version = version;
  }

  /**
   * Starts a browser that accepts any certificate.
   *
   * @param driver URL of the driver.
   */
  static async start(driver: string): Promise<WebDriverSession> {
    const { sessionId, capabilities } = await command(
      "POST",
      `${driver}/session`,
      {
        capabilities: {
          alwaysMatch: {
            acceptInsecureCerts: true,
            // The cases of a page begin before all of it has been loaded.
            pageLoadStrategy: "eager",
          },
        },
      },
    ) as NewSession;
    return new WebDriverSession(
      `${driver}/session/${sessionId}`,
      capabilities.browserVersion,
    );
  }

  /** Shows another page. */
  async go(url: string): Promise<void> {
    await command("POST", `${this.#url}/url`, { url });
  }

  /** Runs the body of a function in the page, and returns what it returns. */
  async run(script: string): Promise<unknown> {
    const parameters = { script, args: [] };
    return await command("POST", `${this.#url}/execute/sync`, parameters);
  }

  /**
   * Presses keys one after the other.
   *
   * @param keys A list for each: all of it is held down at once. `KEYS` has those without a character.
   */
  async press(...keys: readonly (readonly string[])[]): Promise<void> {
    const actions = keys.flatMap((held) => [
      ...held.map((value) => ({ type: "keyDown", value })),
      ...held.toReversed().map((value) => ({ type: "keyUp", value })),
    ]);
    await command("POST", `${this.#url}/actions`, {
      actions: [{ type: "key", id: "keyboard", actions }],
    });
  }

  /** Takes a picture of the page, as PNG. */
  async picture(): Promise<Uint8Array> {
    const text = await command("GET", `${this.#url}/screenshot`) as string;
    return Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0));
  }

  /** Ends the browser. */
  async end(): Promise<void> {
    await command("DELETE", this.#url).catch(() => {});
  }
}

async function command(
  method: string,
  url: string,
  parameters?: object,
): Promise<unknown> {
  const response = await fetch(url, {
    method,
    body: parameters ? JSON.stringify(parameters) : null,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  const { value } = await response.json();
  if (response.ok) return value;
  throw new Error(`WebDriver: ${value?.error}: ${value?.message}`);
}
