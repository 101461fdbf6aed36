/**
 * Browsers that open pages, and accept any certificate.
 *
 * @module
 */
import { type Browser, chromium } from "playwright-core";
import { Peer } from "../programs/peer.ts";
import { BidiSession } from "./bidi.ts";

/** What Chromium needs in a container, and what keeps it from using the network. */
const CHROMIUM_ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Settings that keep Firefox from using the network. */
const FIREFOX_SETTINGS = {
  "app.normandy.enabled": false,
  "app.update.disabledForTesting": true,
  "browser.safebrowsing.update.enabled": false,
  "browser.search.update": false,
  "browser.shell.checkDefaultBrowser": false,
  "browser.topsites.contile.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "extensions.getAddons.cache.enabled": false,
  "extensions.systemAddon.update.enabled": false,
  "extensions.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "services.settings.server": "data:,",
  "toolkit.telemetry.enabled": false,
};

/** Starting on a busy machine. */
const START_TIMEOUT_MS = 60_000;

/** A browser that runs. */
export interface OpenBrowser extends AsyncDisposable {
  /** Opens a page; the result closes it. */
  open(url: string): Promise<() => Promise<void>>;
}

/** Starts Chromium, and gives all that Playwright can do with it. */
export function launchChromium(path: string): Promise<Browser> {
  return chromium.launch({
    executablePath: path,
    headless: true,
    args: CHROMIUM_ARGUMENTS,
  });
}

/** Starts Chromium. */
export async function openChromium(path: string): Promise<OpenBrowser> {
  const browser = await launchChromium(path);
  return {
    async open(url) {
      const context = await browser.newContext({ ignoreHTTPSErrors: true });
      await (await context.newPage()).goto(url);
      return () => context.close();
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

/** Starts Firefox, which speaks WebDriver BiDi. */
export async function openFirefox(path: string): Promise<OpenBrowser> {
  const profile = await Deno.makeTempDir({ prefix: "flight_firefox_" });
  const settings = Object.entries(FIREFOX_SETTINGS).map(([name, value]) =>
    `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`
  );
  await Deno.writeTextFile(`${profile}/user.js`, settings.join(""));
  const program = new Peer([
    ...[path, "--headless", "--no-remote", "--profile", profile],
    ...["--remote-debugging-port", "0"],
  ]);
  const close = async (): Promise<void> => {
    await program[Symbol.asyncDispose]();
    // Its other processes may still be writing.
    await Deno.remove(profile, { recursive: true }).catch(() => {});
  };
  try {
    const url = await listeningAt(program);
    const session = await BidiSession.connect(`${url}/session`);
    return {
      open: (url) => session.open(url),
      async [Symbol.asyncDispose]() {
        await session.end();
        await program.hasEnded(START_TIMEOUT_MS);
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function listeningAt(program: Peer): Promise<string> {
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (true) {
    const url = /WebDriver BiDi listening on (\S+)/.exec(program.log)?.[1];
    if (url !== undefined) return url;
    if (program.end !== undefined || performance.now() > deadline) {
      throw new Error(`Firefox did not start: ${program.end}\n${program.log}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
