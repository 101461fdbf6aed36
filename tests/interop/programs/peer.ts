/**
 * A process of the interoperability tests: a server or a client.
 *
 * @module
 */
import { TextLines } from "../../../tools/text_lines.ts";
import { ROOT } from "../../../tools/deno_json.ts";

/** Most characters of a process's output that are kept, for failures. */
const MAX_LOG = 20_000;

/** The first line of a server. */
const PORT_LINE =
  /^(?:Server listening on localhost:|Starting SQLite Flight SQL Server on \S+:)?(\d+)(?: \.\.\.)?$/;

/** Starting includes compiling TypeScript. */
const START_TIMEOUT_MS = 60_000;

/** A process, its lines and its log. */
export class Peer implements AsyncDisposable {
  /** Lines of its standard output. */
  readonly lines: ReadableStreamDefaultReader<string>;
  readonly #child: Deno.ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #logged: Promise<void>;
  #log = "";
  #port: string | undefined;
  #end: string | undefined;

  /** @param command The program and its arguments. */
  constructor([program, ...args]: readonly string[]) {
    this.#child = new Deno.Command(program!, {
      args,
      cwd: new URL(ROOT),
      env: { NO_COLOR: "1", PYTHONDONTWRITEBYTECODE: "1" },
      // Servers end when it is closed, also when this process is killed.
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.lines = this.#child.stdout
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new TextLines())
      .getReader();
    this.#logged = this.#collect();
    this.#ended = this.#child.status.then(({ code, signal }) => {
      this.#end = signal ? `crashed with ${signal}` : `exit code ${code}`;
    });
  }

  /** Description of its end; undefined while it runs. */
  get end(): string | undefined {
    return this.#end;
  }

  /** The number of the process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The last part of what it wrote to standard error. */
  get log(): string {
    return this.#log;
  }

  /** Waits until it has ended, but not longer than the given time. */
  async hasEnded(timeoutMs: number): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    await Promise.race([
      this.#ended,
      new Promise((resolve) => timer = setTimeout(resolve, timeoutMs)),
    ]);
    clearTimeout(timer);
    return this.#end !== undefined;
  }

  /**
   * The next line.
   *
   * @param timeoutMs How long to wait for it.
   * @returns The line; "end" after the last one, "timeout" where none came.
   */
  async line(timeoutMs: number): Promise<{ line: string } | "end" | "timeout"> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<"timeout">((resolve) => {
      timer = setTimeout(() => resolve("timeout"), timeoutMs);
    });
    const result = await Promise.race([this.lines.read(), timeout]);
    clearTimeout(timer);
    if (result === "timeout") return result;
    return result.done ? "end" : { line: result.value };
  }

  /**
   * The port that a server prints on its first line, alone or as Arrow's testers
   * and examples do.
   */
  async port(): Promise<string> {
    if (this.#port !== undefined) return this.#port;
    const first = await this.line(START_TIMEOUT_MS);
    const line = typeof first === "object" ? first.line : "";
    const match = PORT_LINE.exec(line);
    if (match) return this.#port = match[1]!;
    await this[Symbol.asyncDispose]();
    throw new Error(
      `a server did not start: ${JSON.stringify(first)}\n${this.#log}`,
    );
  }

  /**
   * Closes its standard input, upon which a server ends by itself.
   *
   * @param timeoutMs How long to wait for that.
   * @returns How it ended; undefined where it has not.
   */
  async close(timeoutMs: number): Promise<string | undefined> {
    // Fails where it has ended already.
    await this.#child.stdin.close().catch(() => {});
    if (await this.hasEnded(timeoutMs)) await this.#logged;
    return this.#end;
  }

  /** Kills it, unless it has ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
    await this.#ended;
    await this.lines.cancel().catch(() => {});
  }

  async #collect(): Promise<void> {
    const text = this.#child.stderr.pipeThrough(new TextDecoderStream());
    for await (const chunk of text) {
      this.#log = (this.#log + chunk).slice(-MAX_LOG);
    }
  }
}
