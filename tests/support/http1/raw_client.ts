/** A client of HTTP/1.1 that sends exactly the given bytes. */

import * as net from "node:net";
import { Buffer } from "node:buffer";

/** An answer of a server. */
export interface RawAnswer {
  readonly status: number;
  /** Fields with names in lower case. */
  readonly fields: Readonly<Record<string, string>>;
  /** The body, one character for each byte. */
  readonly body: string;
}

/** A connection. */
export class RawHttp1 implements AsyncDisposable {
  readonly socket: net.Socket;
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<void>;
  /** All bytes that have come and that `next` has not taken. */
  #text = "";
  #isClosed = false;
  #onChange: () => void = () => {};

  /** @param socket A connected socket. */
  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (chunk: Uint8Array) => {
      this.#text += Buffer.from(chunk).toString("latin1");
      this.#onChange();
    });
    this.closed = new Promise((resolve) => {
      const end = (): void => {
        this.#isClosed = true;
        this.#onChange();
        resolve();
      };
      socket.on("end", end);
      socket.on("close", end);
    });
  }

  /** Bytes that no answer has taken so far. */
  get rest(): string {
    return this.#text;
  }

  /** Sends parts, one after the other. */
  async send(...parts: readonly (string | Uint8Array)[]): Promise<void> {
    for (const part of parts) {
      const bytes = typeof part === "string"
        ? Buffer.from(part, "latin1")
        : part;
      await new Promise<void>((done) => this.socket.write(bytes, () => done()));
    }
  }

  /** Waits for bytes that match `pattern`; they stay. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#text);
      if (match) return match;
      if (this.#isClosed) {
        throw new Error(`closed before ${pattern}: ${this.#text}`);
      }
      await this.#change();
    }
  }

  /**
   * Reads the next answer.
   *
   * @param hasBody False for the answer to HEAD.
   */
  async next(hasBody = true): Promise<RawAnswer> {
    const [head] = await this.until(/^[^]*?\r\n\r\n/);
    this.#text = this.#text.slice(head!.length);
    const [line, ...lines] = head!.slice(0, -4).split("\r\n");
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line!)![1]);
    const fields = Object.fromEntries(lines.map((line) => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }));
    const body = !hasBody || status === 204 || status < 200
      ? ""
      : fields["transfer-encoding"] === "chunked"
      ? await this.#chunks()
      : fields["content-length"] === undefined
      ? await this.#toEnd()
      : await this.take(Number(fields["content-length"]));
    return { status, fields, body };
  }

  async #chunks(): Promise<string> {
    let body = "";
    for (;;) {
      const [line, size] = await this.until(/^([0-9a-f]+)\r\n/);
      this.#text = this.#text.slice(line!.length);
      const bytes = parseInt(size!, 16);
      body += await this.take(bytes);
      if (await this.take(2) !== "\r\n") throw new Error("no end of a chunk");
      if (bytes === 0) return body;
    }
  }

  /** Waits for so many bytes, and takes them. */
  async take(bytes: number): Promise<string> {
    while (this.#text.length < bytes) {
      if (this.#isClosed) throw new Error("closed inside an answer");
      await this.#change();
    }
    const taken = this.#text.slice(0, bytes);
    this.#text = this.#text.slice(bytes);
    return taken;
  }

  async #toEnd(): Promise<string> {
    await this.closed;
    return this.take(this.#text.length);
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#onChange = resolve);
  }

  /** Closes the connection. */
  [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    return Promise.resolve();
  }
}

/** Connects to a port of this machine. */
export async function rawHttp1(port: number): Promise<RawHttp1> {
  const socket = net.connect(port, "127.0.0.1");
  const client = new RawHttp1(socket);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", reject);
  });
  return client;
}

/** Makes a request for a method of Flight; `body` has its bytes as characters. */
export function webRequest(
  method: string,
  body: string,
  fields: readonly string[] = [],
): string {
  return [
    `POST /arrow.flight.protocol.FlightService/${method} HTTP/1.1`,
    "Host: test",
    "Content-Type: application/grpc-web+proto",
    ...fields,
    `Content-Length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

/** An empty message, which is a request of ListActions. */
export const EMPTY_MESSAGE = "\0\0\0\0\0";

/** Status in the body of an answer; undefined if there is none. */
export function statusOf({ body }: RawAnswer): string | undefined {
  return /grpc-status: (\d+)\r\n/.exec(body)?.[1];
}
