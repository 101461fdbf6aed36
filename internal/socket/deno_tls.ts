/**
 * TLS sockets of Deno. Below a socket of `node:tls` are two native objects, for TCP and for TLS, and
 * functions of JavaScript that hand the bytes of one to the other. Memory of our own in these places
 * spares 64 KiB of new memory for every 64 KiB that come, once encrypted and once decrypted, which
 * cost more than to receive and to decrypt them.
 */

import type { Socket } from "node:net";

import type { SocketInput } from "./socket_input.ts";

/** Size of the buffer of encrypted bytes: a few records of 16 KiB, which stay in the cache. */
const ENCRYPTED_BYTES: number = 128 * 1024;

/** The native object of one side. */
interface Native {
  /** Takes the bytes of a read. Without bytes, it is the end, or an error, or they are in the user's buffer. */
  onread: (chunk: unknown) => void;
  /** Sets the memory of the next reads. */
  useUserBuffer(memory: Uint8Array): void;
  /** Number of bytes that were read. */
  getBytesRead(): number;
  readStart(): void;
}

interface NativeTcp extends Native {
  readStop(): void;
}

interface NativeTls extends Native {
  readonly _nativeTcpHandle: NativeTcp;
  /** Takes encrypted bytes, and calls `onread` with what they contain. */
  receive(encrypted: Uint8Array): void;
}

let encrypted: Uint8Array | undefined;

/** Reports whether an object has methods. */
function has(native: unknown, ...names: string[]): boolean {
  const methods = native as Record<string, unknown> | null | undefined;
  return names.every((name) => typeof methods?.[name] === "function");
}

const NATIVE = ["onread", "useUserBuffer", "getBytesRead", "readStart"];

/** Reads a TLS socket of Deno into memory of ours. */
export class DenoTls {
  readonly #socket: Socket;
  readonly #tls: NativeTls;
  readonly #tcp: NativeTcp;

  private constructor(socket: Socket, tls: NativeTls) {
    this.#socket = socket;
    this.#tls = tls;
    this.#tcp = tls._nativeTcpHandle;
  }

  /** Returns the native side of a socket, after its handshake; undefined if it has none of this kind. */
  static of(socket: Socket): DenoTls | undefined {
    const { _handle: tls } = socket as { _handle?: NativeTls | null };
    return has(tls, "receive", ...NATIVE) &&
        has(tls!._nativeTcpHandle, "readStop", ...NATIVE)
      ? new DenoTls(socket, tls!)
      : undefined;
  }

  /** Stops reading. Bytes that were read may still come. */
  pause(): void {
    this.#tcp.readStop();
  }

  /** Reads on. */
  resume(): void {
    this.#tcp.readStart();
  }

  /**
   * Reads into the memory that `input` chooses, from the next bytes on for which it has a receiver.
   * Until then they are events of the socket, as before.
   */
  readInto(input: SocketInput): void {
    const tcp = this.#tcp;
    const end = tcp.onread;
    const memory = encrypted ??= new Uint8Array(ENCRYPTED_BYTES);
    let seen = tcp.getBytesRead();
    let isDecrypting = false;
    tcp.useUserBuffer(memory);
    const onEncrypted: typeof end = (chunk) => {
      const bytes = tcp.getBytesRead() - seen;
      if (bytes <= 0) return end.call(tcp, chunk);
      seen += bytes;
      // Bytes that wait as events come first.
      if (!isDecrypting && input.sink && this.#socket.readableLength === 0) {
        isDecrypting = true;
        this.#decryptInto(input);
      }
      this.#tls.receive(memory.subarray(0, bytes));
    };
    tcp.onread = onEncrypted;
    // It has the former function otherwise.
    tcp.readStop();
    tcp.readStart();
  }

  #decryptInto(input: SocketInput): void {
    const tls = this.#tls;
    const end = tls.onread;
    let seen = tls.getBytesRead();
    let memory = input.next()!;
    tls.useUserBuffer(memory);
    const onDecrypted: typeof end = (chunk) => {
      const bytes = Math.min(tls.getBytesRead() - seen, memory.length);
      if (bytes <= 0) return end.call(tls, chunk);
      seen += bytes;
      if (this.#socket.destroyed) return;
      input.read(bytes);
      const next = input.next();
      if (next === undefined) return;
      memory = next;
      tls.useUserBuffer(memory);
    };
    tls.onread = onDecrypted;
    tls.readStart();
  }
}
