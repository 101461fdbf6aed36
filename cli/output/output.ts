/** Standard output and files, written as fast as they are taken. */

import { createWriteStream } from "node:fs";
import process from "node:process";
import type { Writable } from "node:stream";
import { OutputClosed, UsageError } from "../exit_code.ts";

/** Short pieces are collected up to so many characters. */
const MAX_WAITING = 64 * 1024;

/** A place to write text and bytes to. */
export type Target = Pick<Output, "text" | "bytes" | "flush" | "columns">;

/** Standard output, or a file. */
export class Output {
  /** True if a person reads it. */
  readonly isTerminal: boolean;
  /** Characters of a line of the terminal. */
  get columns(): number | undefined {
    // A terminal that does not tell has 0.
    return this.isTerminal ? process.stdout.columns || undefined : undefined;
  }

  readonly #stream: Writable;
  readonly #name: string | undefined;
  #failure: Error | undefined;
  #waiting = "";

  private constructor(stream: Writable, name?: string) {
    this.#stream = stream;
    this.#name = name;
    this.isTerminal = name === undefined && process.stdout.isTTY === true;
    stream.on("error", (error) => this.#failure ??= error);
  }

  static #standard: Output | undefined;

  /** Standard output, always the same. */
  static standard(): Output {
    return this.#standard ??= new Output(process.stdout);
  }

  /** A file, which is created, or replaced. */
  static async file(path: string): Promise<Output> {
    const stream = createWriteStream(path);
    const output = new Output(stream, path);
    await new Promise<void>((resolve) => {
      stream.once("open", () => resolve());
      stream.once("error", () => resolve());
    });
    if (output.#failure) throw output.#reported(output.#failure);
    return output;
  }

  /** Writes text, soon. */
  async text(text: string): Promise<void> {
    this.#waiting += text;
    if (this.#waiting.length >= MAX_WAITING) await this.flush();
  }

  /** Writes bytes; resolves when they are taken. */
  async bytes(bytes: Uint8Array): Promise<void> {
    await this.flush();
    await this.#write(bytes);
  }

  /** Resolves when everything is taken. */
  async flush(): Promise<void> {
    if (this.#waiting === "") return;
    const text = this.#waiting;
    this.#waiting = "";
    await this.#write(text);
  }

  /** Ends a file. */
  async close(): Promise<void> {
    await this.flush();
    if (this.#name === undefined) return;
    await new Promise<void>((resolve, reject) =>
      this.#stream.end((error?: Error | null) =>
        error ? reject(this.#reported(error)) : resolve()
      )
    );
  }

  async #write(chunk: string | Uint8Array): Promise<void> {
    if (this.#failure) throw this.#reported(this.#failure);
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void => reject(this.#reported(error));
      this.#stream.once("error", fail);
      try {
        this.#stream.write(chunk, (error) => {
          this.#stream.off("error", fail);
          if (error) fail(error);
          else resolve();
        });
      } catch (error) {
        // Deno writes to a file at once, and throws what goes wrong.
        fail(error as Error);
      }
    });
  }

  #reported(error: Error): Error {
    const { code } = error as NodeJS.ErrnoException;
    if (this.#name === undefined) {
      return code === "EPIPE" || code === "ECONNRESET" ||
          code === "ERR_STREAM_DESTROYED"
        ? new OutputClosed()
        : new UsageError(`cannot write the output: ${error.message}`);
    }
    return new UsageError(`cannot write ${this.#name}: ${error.message}`);
  }
}
