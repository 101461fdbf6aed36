/** Reads the messages of a call, on the client and on the server. */

import { type Deferred, deferred } from "../../base/deferred.ts";
import { messageMemory } from "../../base/message_memory.ts";
import {
  type MessageProblem,
  MessageReader,
  type ReceivedMessage,
} from "../../grpc/message_reader.ts";
import type { Inflation } from "../inflater.ts";
import { decompress } from "./compression.ts";
import type { TransportLimits } from "./options.ts";

/** End of the messages. */
export interface IncomingEnd {
  /** The error of a read, or undefined if the messages are complete. */
  readonly error: unknown;
}

/** Call of {@linkcode IncomingMessages}. */
export interface IncomingCall {
  /**
   * Called when no message is left.
   *
   * @returns The end, or undefined while more may come.
   */
  endOfMessages(): IncomingEnd | undefined;
  /** Ends the call, because the next message cannot be read. */
  onProblem(problem: MessageProblem): void;
  /** Ends the call, because a message cannot be decompressed. */
  onInflateError(error: unknown): void;
}

/** Options of {@linkcode IncomingMessages}. */
interface IncomingMessagesInit {
  /** Limits of the transport. */
  readonly limits: TransportLimits;
  /** Gives the peer credit for bytes that were read. */
  readonly credit: (bytes: number) => void;
  /** True if a decompressed message counts until the next read. */
  readonly countsUntilNextRead: boolean;
}

/** Messages that a peer sends in one call. */
export class IncomingMessages {
  /** The header grpc-encoding. */
  encoding: string | undefined;
  readonly #call: IncomingCall;
  readonly #limits: TransportLimits;
  readonly #countsUntilNextRead: boolean;
  readonly #reader: MessageReader;
  #pendingRead: Deferred<Uint8Array | undefined> | undefined;
  /** Inflation of a message that is being decompressed, or still counts. */
  #inflation: Inflation | undefined;
  #isDropped = false;
  /** Compressed message that `take` has found. */
  #compressed: ReceivedMessage | undefined;

  /**
   * @param call The call.
   * @param init Options.
   */
  constructor(call: IncomingCall, init: IncomingMessagesInit) {
    const { limits, credit, countsUntilNextRead } = init;
    this.#call = call;
    this.#limits = limits;
    this.#countsUntilNextRead = countsUntilNextRead;
    this.#reader = new MessageReader(
      limits.maxReceiveMessageBytes,
      credit,
      limits.findBody,
    );
  }

  /** Takes a part of the data. */
  push(chunk: Uint8Array, start: number, end: number): void {
    this.#reader.push(chunk, start, end);
    if (this.#pendingRead) this.settle();
  }

  /**
   * Returns the final place of the next bytes of the data; see {@linkcode MessageReader.place}.
   *
   * @param bytes Most bytes to place.
   */
  place(bytes: number): Uint8Array | undefined {
    return this.#isDropped ? undefined : this.#reader.place(bytes);
  }

  /** Takes bytes that were written to the memory that `place` returned. */
  placed(bytes: number): void {
    this.#reader.placed(bytes);
    if (this.#pendingRead) this.settle();
  }

  /** True if the last messages were alike; see {@linkcode MessageReader.isRegular}. */
  get isRegular(): boolean {
    return !this.#isDropped && this.#reader.isRegular;
  }

  /**
   * Makes a place for the next message and the bytes before it; see {@linkcode MessageReader.placeNext}.
   *
   * @param before Number of bytes before the message.
   * @param spare Memory of an earlier call that was not taken.
   */
  placeNext(
    before: number,
    spare: Uint8Array | undefined,
  ): Uint8Array | undefined {
    return this.#isDropped ? undefined : this.#reader.placeNext(before, spare);
  }

  /**
   * Takes the memory of `placeNext` with data from `start` to `end`.
   *
   * @returns False if it is not the expected message.
   */
  takeNext(memory: Uint8Array, start: number, end: number): boolean {
    if (!this.#reader.takeNext(memory, start, end)) return false;
    if (this.#pendingRead) this.settle();
    return true;
  }

  /** Takes the end of the data; `settle()` must follow. */
  end(): void {
    this.#reader.end();
  }

  /** Takes the next message, if it has arrived and is not compressed. */
  take(): Uint8Array | undefined {
    if (this.#pendingRead || this.#compressed) return undefined;
    if (this.#countsUntilNextRead) this.#inflation?.release();
    const message = this.#take();
    if (!message?.isCompressed) return message?.bytes;
    this.#compressed = message;
    return undefined;
  }

  /**
   * Reads the next message.
   *
   * @returns The message, or undefined at the end.
   */
  // Without `async`: a message that has arrived costs one promise.
  read(): Promise<Uint8Array | undefined> {
    if (this.#pendingRead) return this.#pendingRead.promise;
    if (this.#countsUntilNextRead) this.#inflation?.release();
    const message = this.#take();
    if (message) {
      return message.isCompressed
        ? this.#open(message)
        : Promise.resolve(message.bytes);
    }
    const end = this.#findEnd();
    if (end) {
      return end.error === undefined
        ? Promise.resolve(undefined)
        : Promise.reject(end.error);
    }
    this.#pendingRead = deferred();
    return this.#pendingRead.promise;
  }

  /** Takes back the memory of a message that `read` gave. */
  recycle(message: Uint8Array): void {
    messageMemory.giveBack(message);
  }

  /** Settles a pending read, if there is a message or an end. */
  settle(): void {
    const pending = this.#pendingRead;
    if (pending === undefined) return;
    const message = this.#take();
    if (message) {
      this.#pendingRead = undefined;
      if (message.isCompressed) {
        this.#open(message).then(pending.resolve, pending.reject);
      } else pending.resolve(message.bytes);
      return;
    }
    const end = this.#findEnd();
    // A call that fails settles its read as well.
    if (end === undefined || this.#pendingRead !== pending) return;
    this.#pendingRead = undefined;
    if (end.error === undefined) pending.resolve(undefined);
    else pending.reject(end.error);
  }

  /** Drops all messages; nothing may be pushed afterwards. */
  drop(): void {
    this.#isDropped = true;
    this.#reader.clear();
  }

  /** Frees the message that is being decompressed, and fails its read. */
  release(reason: unknown): void {
    this.#inflation?.release(reason);
  }

  #take(): ReceivedMessage | undefined {
    if (this.#isDropped) return undefined;
    const compressed = this.#compressed;
    this.#compressed = undefined;
    return compressed ?? this.#reader.take();
  }

  /**
   * Finds the end. A message that cannot be read ends the call, when its turn
   * comes.
   */
  #findEnd(): IncomingEnd | undefined {
    const { problem } = this.#reader;
    if (problem && !this.#isDropped) this.#call.onProblem(problem);
    return this.#call.endOfMessages();
  }

  async #open({ bytes }: ReceivedMessage): Promise<Uint8Array> {
    try {
      this.#inflation = decompress(bytes, this.encoding, this.#limits);
      const message = await this.#inflation.result;
      // It was read to its end. An inflation that failed may still be reading.
      messageMemory.giveBack(bytes);
      return message;
    } catch (error) {
      this.#call.onInflateError(error);
      throw error;
    } finally {
      if (!this.#countsUntilNextRead) {
        // The caller who made the call decides how long it is kept.
        this.#inflation?.release();
        this.#inflation = undefined;
      }
    }
  }
}
