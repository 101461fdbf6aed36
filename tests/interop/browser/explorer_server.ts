/**
 * `flight serve … --web` in a process of its own.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { Peer } from "../programs/peer.ts";

/** The first one builds the page. */
const START_TIMEOUT_MS = 180_000;

/** Ticks of the clock of the kernel in a second. */
const TICKS = 100;

/** A server with the explorer. */
export class ExplorerServer implements AsyncDisposable {
  readonly #peer: Peer;
  /** Address of the page. */
  readonly url: string;
  /** Location over gRPC. */
  readonly location: string;

  private constructor(peer: Peer, location: string, url: string) {
    this.#peer = peer;
    this.location = location;
    this.url = url;
  }

  /** Starts it, and waits for its first two lines. */
  static async start(
    program: readonly string[],
    ...args: readonly string[]
  ): Promise<ExplorerServer> {
    const peer = new Peer([...program, "cli.ts", "serve", ...args, "--web"]);
    const found: string[] = [];
    for (const pattern of [/^Listening on (\S+)$/, /^Explorer at (\S+)$/]) {
      const line = await peer.line(START_TIMEOUT_MS);
      const [, value] = pattern.exec(
        typeof line === "object" ? line.line : "",
      ) ?? [];
      if (value === undefined) {
        await peer[Symbol.asyncDispose]();
        throw new Error(
          `the server did not start: ${JSON.stringify(line)}\n${peer.log}`,
        );
      }
      found.push(value);
    }
    return new ExplorerServer(peer, found[0]!, found[1]!);
  }

  /** What it wrote to standard error. */
  get log(): string {
    return this.#peer.log;
  }

  /** Time that it has computed so far, in seconds. */
  async cpuSeconds(): Promise<number> {
    const text = await readFile(`/proc/${this.#peer.pid}/stat`, "utf8");
    // The name, in parentheses, may have anything in it.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS;
  }

  /**
   * Waits until it computes nothing.
   *
   * @returns The time that it has computed until then, in seconds.
   */
  async quiet(): Promise<number> {
    const before = await this.cpuSeconds();
    let last = before;
    while (true) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      const now = await this.cpuSeconds();
      if (now - last < 0.08) return last - before;
      if (now - before > 20) return now - before;
      last = now;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#peer[Symbol.asyncDispose]();
  }
}
