/** The streams of a connection: RFC 9113, section 5.1. */

import { PassingMap } from "../../base/lifetimes/passing_map.ts";
import { ClosedStreams, type Closing } from "./closed_streams.ts";
import { MAX_31_BITS } from "../frame/frame.ts";
import { Http2Error } from "../frame/http2_error.ts";
import type { Http2Stream } from "./stream.ts";

/** Role of an end of a connection: clients use the odd numbers (5.1.1). */
export type Role = "client" | "server";

/** Open streams of a connection, and the ends of closed ones. */
export class Streams {
  readonly #role: Role;
  readonly #open = new PassingMap<number, Http2Stream>();
  readonly #closed = new ClosedStreams();
  #nextLocalId: number;
  #lastPeerId = 0;

  /** @param role The role of this end. */
  constructor(role: Role) {
    this.#role = role;
    this.#nextLocalId = role === "client" ? 1 : 2;
  }

  /** Number of open streams. */
  get size(): number {
    return this.#open.size;
  }

  /** Highest number that the peer has used. */
  get lastPeerId(): number {
    return this.#lastPeerId;
  }

  /** True if there is another number for a stream of ours. */
  get hasNextId(): boolean {
    return this.#nextLocalId <= MAX_31_BITS;
  }

  /**
   * Returns a copy of the list of open streams, so they may be removed
   * meanwhile.
   */
  open(): Http2Stream[] {
    return this.#open.values();
  }

  /** Returns the open stream with this number. */
  get(id: number): Http2Stream | undefined {
    return this.#open.get(id);
  }

  /**
   * Returns the way in which a stream that is not open has ended, or
   * `undefined` if that was long ago.
   */
  closing(id: number): Closing | undefined {
    return this.#closed.get(id);
  }

  /** Reports whether no frame of this stream has come or gone yet ("idle"). */
  isIdle(id: number): boolean {
    return this.#isLocal(id) ? id >= this.#nextLocalId : id > this.#lastPeerId;
  }

  /** Returns the next number for a stream of ours. */
  takeId(): number {
    const id = this.#nextLocalId;
    this.#nextLocalId += 2;
    return id;
  }

  /**
   * Notes the first use of a number by the peer (section 5.1.1).
   *
   * @throws {Http2Error} When it may not use it.
   */
  acceptId(id: number): void {
    if (this.#role === "client" || this.#isLocal(id)) {
      throw new Http2Error("PROTOCOL_ERROR", `HEADERS on stream ${id}`);
    }
    if (id <= this.#lastPeerId) {
      throw new Http2Error(
        "PROTOCOL_ERROR",
        `stream ${id} after stream ${this.#lastPeerId}`,
      );
    }
    this.#lastPeerId = id;
  }

  /** Adds a stream. */
  add(stream: Http2Stream): void {
    this.#open.set(stream.id, stream);
  }

  /** Removes a stream; returns false if it was not there. */
  remove(stream: Http2Stream, closing: Closing): boolean {
    if (!this.#open.delete(stream.id)) return false;
    this.#closed.add(stream.id, closing);
    stream.close();
    return true;
  }

  /** Remembers a stream that was refused before it was open. */
  refuse(id: number): void {
    this.#closed.add(id, "reset by us");
  }

  #isLocal(id: number): boolean {
    return (id % 2 === 1) === (this.#role === "client");
  }
}
