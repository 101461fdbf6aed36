/**
 * WebDriver over HTTP, as far as opening a page takes.
 *
 * @module
 */

/** Longest wait for an answer. */
const TIMEOUT_MS = 120_000;

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
