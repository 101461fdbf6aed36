/** Turns for the connections that a process reads. */

import type { Socket } from "node:net";
import { setImmediate, setTimeout } from "node:timers";

import { taskBegan } from "../base/turn.ts";
import { pauseSocket, readSocket, resumeSocket } from "./socket_reader.ts";

/**
 * Most work for one connection in a turn of the event loop, in small frames: some
 * milliseconds, and enough that breaks cost next to nothing.
 */
const TURN_WORK = 2048;

const IS_DENO = "Deno" in globalThis;

/**
 * More than any chunk costs. It is an integer, because fractions cost an
 * allocation.
 */
export const ALL_WORK: number = 2 ** 30 - 1;

/** Data of 4 KiB costs as much as a small frame, as a power of 2: it is copied. */
const DATA_BITS = 12;

/** Estimates the work of data, in small frames. */
export function dataWork(bytes: number): number {
  return 1 + (bytes >>> DATA_BITS);
}

/** Reader of the bytes of a connection. */
interface BytesReader {
  /** Remaining work of a turn, which counts down. */
  work: number;
  /**
   * Finds the final place of the next bytes, if all before them were read;
   * undefined if there is none.
   */
  place(): Uint8Array | undefined;
}

/** Functions of a {@linkcode ReadingTurns}. */
interface ReadingTurnsHost {
  /**
   * Reads a chunk as long as there is work left, copies bytes that it keeps,
   * and returns the number of bytes that it has read. If it leaves bytes for
   * another reason, it calls `continue` later.
   */
  read(chunk: Uint8Array): number;
  /**
   * Reads bytes that have come to the memory that `place` of the reader returned, and returns their
   * number, as `read` does.
   */
  readPlaced(memory: Uint8Array, bytes: number): number;
}

/**
 * Reads from a socket in turns. A runtime may deliver megabytes of one peer,
 * chunk after chunk, before it looks at any other socket; if the frames are
 * small, that is seconds of work. So after some work the rest waits, and the
 * socket with it, until all others have had as much.
 */
export class ReadingTurns {
  readonly #socket: Socket;
  readonly #reader: BytesReader;
  readonly #host: ReadingTurnsHost;
  /** Chunks that wait for the next turn. */
  #rest: Uint8Array[] = [];
  #isPlanned = false;
  #isPaused = false;
  #isStopped = false;

  /**
   * @param socket The socket to read.
   * @param reader Counts the work, and knows the place of data.
   * @param host Reads.
   */
  constructor(socket: Socket, reader: BytesReader, host: ReadingTurnsHost) {
    this.#socket = socket;
    this.#reader = reader;
    this.#host = host;
    reader.work = TURN_WORK;
    readSocket(socket, {
      onChunk: (chunk) => this.#take(chunk),
      place: () => this.#rest.length > 0 ? undefined : reader.place(),
      onPlaced: (memory, bytes) => {
        if (this.#isStopped) return;
        taskBegan();
        const read = host.readPlaced(memory, bytes);
        if (read < bytes) this.#leave(memory.subarray(read, bytes));
        this.#plan();
      },
    });
  }

  /** Reads the rest at once, because no more will come. */
  finish(): void {
    this.#reader.work = ALL_WORK;
    this.#readRest();
  }

  /** Reads on, after the host has left bytes because it could not take them. */
  continue(): void {
    if (this.#isStopped) return;
    this.#readRest();
    if (this.#rest.length === 0) this.#resume();
    this.#plan();
  }

  /** Drops all data from now on; the socket is still read. */
  stop(): void {
    this.#isStopped = true;
    this.#rest = [];
    this.#resume();
  }

  #take(chunk: Uint8Array): void {
    if (this.#isStopped) return;
    taskBegan();
    // A paused socket may still deliver its buffered data.
    if (this.#rest.length > 0) {
      this.#keep(chunk);
      return;
    }
    const read = this.#host.read(chunk);
    if (read < chunk.length) this.#leave(chunk.subarray(read));
    this.#plan();
  }

  /** Leaves bytes for a later turn, and the socket with them. */
  #leave(chunk: Uint8Array): void {
    if (this.#isStopped) return;
    this.#keep(chunk);
    this.#isPaused = true;
    pauseSocket(this.#socket);
  }

  #keep(chunk: Uint8Array): void {
    // Not slice(), which is a view if it is a Buffer.
    this.#rest.push(new Uint8Array(chunk));
  }

  /** Starts a new count in the next turn; most turns need no such care. */
  #plan(): void {
    if (this.#isPlanned || this.#reader.work > TURN_WORK / 2) return;
    this.#isPlanned = true;
    const next = (): void => {
      this.#isPlanned = false;
      this.#reader.work = TURN_WORK;
      this.#readRest();
      if (this.#rest.length === 0) this.#resume();
      this.#plan();
    };
    // Deno polls its sockets when it is idle, and otherwise in one turn of
    // sixty: it has to wait.
    if (IS_DENO) setTimeout(next, 1);
    else setImmediate(next);
  }

  #readRest(): void {
    while (this.#rest.length > 0) {
      const chunk = this.#rest[0]!;
      const read = this.#host.read(chunk);
      if (this.#isStopped) return;
      if (read < chunk.length) {
        this.#rest[0] = chunk.subarray(read);
        return;
      }
      this.#rest.shift();
    }
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    resumeSocket(this.#socket);
  }
}
