/**
 * WebKit, the engine of Safari: WebKitGTK's small browser, driven by WebDriver on a display in memory.
 *
 * @module
 */
import { runCommand } from "../../../tools/run_command.ts";
import { Peer } from "../programs/peer.ts";
import { freePort, listens } from "../programs/ports.ts";
import type { OpenBrowser } from "./open_browser.ts";
import { WebDriverSession } from "./web_driver.ts";

/** Programs that it takes, by the packages of Debian. */
const PROGRAMS = { "webkit2gtk-driver": "WebKitWebDriver", xvfb: "Xvfb" };

/** Looking for a program, and starting one on a busy machine. */
const TIMEOUT_MS = 30_000;

/** WebKit, or the reason why there is none. */
export type FoundWebKit =
  | { readonly version: string }
  | { readonly problem: string };

/** Starts it once, and tells its version. */
export async function findWebKit(): Promise<FoundWebKit> {
  for (const program of Object.values(PROGRAMS)) {
    const command = ["sh", "-c", 'command -v -- "$0"', program];
    if ((await runCommand(command, TIMEOUT_MS)).success) continue;
    const packages = Object.keys(PROGRAMS).join(" and ");
    return { problem: `there is no ${program}: Debian has ${packages}` };
  }
  try {
    await using browser = await openWebKit();
    return { version: `WebKitGTK ${browser.version}` };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** WebKit that runs. */
export interface OpenWebKit extends OpenBrowser {
  readonly version: string;
  /** Works with the page that is open. */
  readonly session: WebDriverSession;
}

/** Starts WebKit, which accepts any certificate. */
export async function openWebKit(): Promise<OpenWebKit> {
  await using stack = new AsyncDisposableStack();
  const home = await Deno.makeTempDir({ prefix: "flight_webkit_" });
  // The processes of the browser may still be writing.
  stack.defer(() => Deno.remove(home, { recursive: true }).catch(() => {}));
  const display = stack.use(
    new Peer([
      ...["Xvfb", "-displayfd", "1", "-nolisten", "tcp"],
      ...["-screen", "0", "1280x900x24"],
    ]),
  );
  const number = await display.line(TIMEOUT_MS);
  if (typeof number !== "object") {
    throw new Error(`Xvfb did not start: ${display.end}\n${display.log}`);
  }
  const port = freePort();
  const driver = stack.use(
    new Peer([
      ...["env", `DISPLAY=:${number.line}`, `HOME=${home}`],
      ...["GDK_BACKEND=x11", "LIBGL_ALWAYS_SOFTWARE=1", "LC_ALL=C.UTF-8"],
      ...[`XDG_CACHE_HOME=${home}`, `XDG_DATA_HOME=${home}`],
      ...["WebKitWebDriver", `--port=${port}`],
    ]),
  );
  await listens(port, driver);
  const session = await WebDriverSession.start(`http://127.0.0.1:${port}`);
  // The browser ends before its driver and its display.
  stack.defer(() => session.end());
  const owned = stack.move();
  return {
    version: session.version,
    session,
    async open(url) {
      await session.go(url);
      // It does not let the last page be closed.
      return () => session.go("about:blank");
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
