/** A WebSocket whose server is the test. */

import { framesOf, SUBPROTOCOL } from "./frames.ts";

/** A socket without a network. */
export class FakeSocket extends EventTarget {
  binaryType = "blob";
  protocol = SUBPROTOCOL;
  readyState = 0;
  bufferedAmount = 0;
  /** Messages that were sent. */
  readonly sent: Uint8Array[] = [];
  /** Arguments of each close(). */
  readonly closed: unknown[][] = [];
  /** Arguments of the constructor. */
  readonly made: unknown[];

  constructor(...made: unknown[]) {
    super();
    this.made = made;
  }

  send(message: Uint8Array): void {
    this.sent.push(message);
    this.dispatchEvent(new Event("sent"));
  }

  close(...args: unknown[]): void {
    this.closed.push(args);
  }

  /** Opens the socket. */
  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  /** Has a message come. */
  receive(data: unknown): void {
    const message = data instanceof Uint8Array ? data.slice().buffer : data;
    this.dispatchEvent(new MessageEvent("message", { data: message }));
  }

  /** Ends the socket. */
  end(code: number, reason = ""): void {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code, reason }));
  }

  /** All frames of these messages. */
  get frames(): Uint8Array[] {
    return this.sent.flatMap(framesOf);
  }

  /** Waits until a frame of this type was sent. */
  async until(type: number): Promise<void> {
    while (!this.frames.some((frame) => frame[0] === type)) {
      await new Promise((resolve) =>
        this.addEventListener("sent", resolve, { once: true })
      );
    }
  }
}

/** Makes a class whose sockets are handed to the test when they are made. */
export function fakeClass(
  onMade: (socket: FakeSocket) => void,
): new (url: string, protocols: string[]) => WebSocket {
  return class extends FakeSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      queueMicrotask(() => onMade(this));
    }
  } as unknown as new (url: string, protocols: string[]) => WebSocket;
}
