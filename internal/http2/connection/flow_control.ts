/** Flow control of what comes: RFC 9113, sections 5.2 and 6.9. */

import { INITIAL_WINDOW_BYTES, MAX_31_BITS } from "../frame/frame.ts";
import { Http2Error } from "../frame/http2_error.ts";

/** How many bytes a window grows by for each byte that is read. */
const GROWTH = 4;

/**
 * How much a window grows by at least once its stream is really read, and the
 * most that is saved up before credit is sent. A proxy may hold back the credit
 * of one direction behind data of the other one that nobody takes (HAProxy 2.6
 * does). An exchange goes on behind it if each end can send a message and more
 * on the window that it has, and gives credit for each that it reads.
 */
const MIN_GROWTH_BYTES = 4 << 20;
const MAX_SAVED_BYTES = 512 << 10;

/** From how many bytes on that is so: small answers end without any credit. */
const READ_BYTES = 4096;

/** The part of the budget that a stream begins with: a thousand fit at once. */
const INITIAL_SHARE = 1 / 1024;

/** The same where windows are tight, as streams that are read need the rest. */
const TIGHT_SHARE = 1 / 16_384;

/** No stream begins with less: each WINDOW_UPDATE costs both sides a frame. */
const MIN_INITIAL_BYTES = 1024;

/** Windows are tight while so much of the budget is given away. */
const TIGHT_AT = 1 / 2;

/** Windows are wide again when no more would be given away than this. */
const WIDE_AT = 1 / 4;

/** Bounds of a {@linkcode FlowControl}. */
export interface FlowLimits {
  /** Window of the connection, and largest window of a stream. */
  readonly windowBytes: number;
  /** Budget: how much may wait to be read on all streams together. */
  readonly unreadBytes: number;
}

/** What a {@linkcode FlowControl} needs of its connection. */
export interface FlowControlHost {
  /** Sends WINDOW_UPDATE for the connection (stream 0) or a stream. */
  sendCredit(streamId: number, increment: number): void;
  /** Sends SETTINGS with another SETTINGS_INITIAL_WINDOW_SIZE. */
  sendInitialWindow(bytes: number): void;
  /** The flows of all streams that are open. */
  flows(): Iterable<StreamFlow>;
}

/**
 * The windows that a peer has, of one connection and all of its streams.
 *
 * The window of the connection is credited as data arrives, whoever reads it: no
 * stream takes it away from the others. What stands unread is bounded by the
 * windows of the streams. These begin small and grow as the stream is read, each
 * up to half of what is left of the budget; so there is something left for the
 * next one. When half of the budget is given away, the streams begin with less.
 * Where that is not enough either, the stream with the most unread fails.
 */
export class FlowControl {
  /** The initial window of a stream when there is enough for all. */
  readonly #wideBytes: number;
  /** The same when there is not. */
  readonly #tightBytes: number;
  readonly #isClient: boolean;
  readonly #limits: FlowLimits;
  readonly #host: FlowControlHost;
  /** Bytes that the peer may still send on the connection. */
  #open = INITIAL_WINDOW_BYTES;
  /** What the peer counts new streams with, as far as we know. */
  #acknowledged = INITIAL_WINDOW_BYTES;
  /** What our last SETTINGS said; the first are under way. */
  #announced: number;
  #isUnderWay = true;
  /** Streams on which something may come. */
  #streams = 0;
  #unread = 0;
  /** `#unread`, and what the peer may still send. */
  #given = 0;
  readonly #behind = new Set<StreamFlow>();

  /**
   * @param isClient Whether this end begins the streams.
   * @param limits Bounds.
   * @param host The connection.
   */
  constructor(isClient: boolean, limits: FlowLimits, host: FlowControlHost) {
    this.#isClient = isClient;
    this.#limits = limits;
    this.#host = host;
    const { windowBytes, unreadBytes } = limits;
    const share = (part: number): number =>
      Math.max(MIN_INITIAL_BYTES, Math.floor(unreadBytes * part));
    this.#wideBytes = Math.min(
      INITIAL_WINDOW_BYTES,
      windowBytes,
      share(INITIAL_SHARE),
    );
    this.#tightBytes = Math.min(this.#wideBytes, share(TIGHT_SHARE));
    this.#announced = this.#wideBytes;
  }

  /** SETTINGS_INITIAL_WINDOW_SIZE, as last announced. */
  get initialWindowBytes(): number {
    return this.#announced;
  }

  /** The largest window of a stream: changed settings must not overflow it. */
  get maxWindowBytes(): number {
    return Math.min(
      this.#limits.windowBytes,
      MAX_31_BITS - INITIAL_WINDOW_BYTES,
    );
  }

  /** How far a peer may be ahead on a stream, which was read for `growth` more. */
  windowFor(growth: number): number {
    const share = (this.#limits.unreadBytes - this.#given) / 2;
    const initial = this.#announced;
    return Math.max(
      initial,
      Math.floor(Math.min(this.maxWindowBytes, initial + growth, share)),
    );
  }

  /** Opens the window of the connection, after our first SETTINGS. */
  begin(): void {
    this.#refill(1);
  }

  /**
   * The flow of a new stream.
   *
   * @param id Its number.
   * @param onOverflow Called when it has to fail.
   */
  open(id: number, onOverflow: (unread: number) => void): StreamFlow {
    // A server reads our SETTINGS before the stream; a client may not have.
    const initial = this.#isClient ? this.#announced : this.#acknowledged;
    return new StreamFlow(this, id, initial, onOverflow);
  }

  /**
   * Counts a DATA frame, of whatever stream, that has begun.
   *
   * @throws {Http2Error} When the peer may not send so much.
   */
  receive(bytes: number): void {
    if (bytes > this.#open) {
      throw new Http2Error("FLOW_CONTROL_ERROR", "more data than was allowed");
    }
    this.#open -= bytes;
  }

  /** The DATA frame has ended; as much may come again. */
  received(): void {
    this.#refill(this.#limits.windowBytes >>> 1);
    while (this.#unread > this.#limits.unreadBytes) this.#failFurthest();
  }

  /** The peer has acknowledged SETTINGS. */
  onSettingsAck(): void {
    if (!this.#isUnderWay) return;
    this.#isUnderWay = false;
    this.#apply();
    this.#adapt();
  }

  /** Counts a stream that begins or takes nothing more; called by it. */
  countStream(change: 1 | -1): void {
    this.#streams += change;
  }

  /** Counts what has changed of a stream, in bytes; called by it. */
  count(flow: StreamFlow, unread: number, given: number): void {
    this.#unread += unread;
    this.#given += given;
    if (unread !== 0) {
      if (flow.unread === 0) this.#behind.delete(flow);
      else if (flow.unread === unread) this.#behind.add(flow);
    }
    if (given !== 0) this.#adapt();
  }

  /** Sends credit for a stream; called by it. */
  sendCredit(streamId: number, increment: number): void {
    this.#host.sendCredit(streamId, increment);
  }

  #refill(least: number): void {
    const increment = this.#limits.windowBytes - this.#open;
    if (increment < least) return;
    this.#open += increment;
    this.#host.sendCredit(0, increment);
  }

  /** Announces smaller or larger windows for new streams. */
  #adapt(): void {
    if (this.#isUnderWay || this.#wideBytes === this.#tightBytes) return;
    const { unreadBytes } = this.#limits;
    const wider = this.#wideBytes - this.#tightBytes;
    if (this.#announced === this.#wideBytes) {
      if (this.#given <= unreadBytes * TIGHT_AT) return;
      this.#announced = this.#tightBytes;
    } else {
      if (this.#given + this.#streams * wider > unreadBytes * WIDE_AT) return;
      this.#announced = this.#wideBytes;
    }
    this.#isUnderWay = true;
    this.#host.sendInitialWindow(this.#announced);
    // The peer may make use of more before it has acknowledged it.
    if (this.#announced > this.#acknowledged) this.#apply();
  }

  /** Section 6.9.2: settings change the windows of streams that are open. */
  #apply(): void {
    this.#acknowledged = this.#announced;
    for (const flow of this.#host.flows()) flow.rebase(this.#announced);
  }

  /** Makes room: the stream that has left most unread ends. */
  #failFurthest(): void {
    let furthest: StreamFlow | undefined;
    for (const flow of this.#behind) {
      if (furthest === undefined || flow.unread > furthest.unread) {
        furthest = flow;
      }
    }
    const { unread } = furthest!;
    furthest!.onOverflow(unread);
    furthest!.drop();
  }
}

/** The window that a peer has on one stream, and what of its data is unread. */
export class StreamFlow {
  /** Called when the stream has to fail, with what it has unread. */
  readonly onOverflow: (unread: number) => void;
  readonly #connection: FlowControl;
  readonly #id: number;
  /** What the peer may still send; negative when settings have shrunk it. */
  #open: number;
  #unread = 0;
  /** How much larger than at first its window may be, as it was read. */
  #growth = 0;
  /** SETTINGS_INITIAL_WINDOW_SIZE, as it is part of `#open`. */
  #initial: number;
  #isStopped = false;
  #isDropped = false;

  /**
   * @param connection What it is a part of.
   * @param id The number of the stream.
   * @param initial SETTINGS_INITIAL_WINDOW_SIZE, as the peer knows it.
   * @param onOverflow Called when the stream has to fail.
   */
  constructor(
    connection: FlowControl,
    id: number,
    initial: number,
    onOverflow: (unread: number) => void,
  ) {
    this.#connection = connection;
    this.#id = id;
    this.#open = this.#initial = initial;
    this.onOverflow = onOverflow;
    connection.countStream(1);
    connection.count(this, 0, initial);
  }

  /** What has come, or is coming, and was not read. */
  get unread(): number {
    return this.#unread;
  }

  /**
   * Counts what comes.
   *
   * @returns False, and counts nothing, when the peer may not send so much.
   */
  receive(bytes: number): boolean {
    if (bytes > this.#open) return false;
    const unread = this.#isDropped ? 0 : this.#unread + bytes;
    this.#set(this.#open - bytes, unread);
    return true;
  }

  /**
   * Counts what was read, or is awaited by a reader. The peer gets credit for
   * it, saved up to half a window or 512 KiB: each costs both sides a frame.
   */
  read(bytes: number): void {
    if (this.#isDropped || bytes === 0) return;
    this.#set(this.#open, this.#unread - bytes);
    const growth = this.#growth + GROWTH * bytes;
    this.#growth = Math.min(
      this.#connection.maxWindowBytes,
      growth < GROWTH * READ_BYTES
        ? growth
        : Math.max(growth, MIN_GROWTH_BYTES),
    );
    this.#refill();
  }

  /** Nothing is to come any more, or it is not wanted: there is no more credit. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#connection.countStream(-1);
    this.#connection.count(this, 0, -Math.max(0, this.#open));
  }

  /** Neither is what has come: it counts as read. */
  drop(): void {
    if (this.#isDropped) return;
    this.stop();
    this.#set(this.#open, 0);
    this.#isDropped = true;
  }

  /** The peer counts with another SETTINGS_INITIAL_WINDOW_SIZE. */
  rebase(initial: number): void {
    const change = initial - this.#initial;
    this.#initial = initial;
    if (change === 0) return;
    this.#set(this.#open + change, this.#unread);
    // A reader may wait for what the peer may no longer send.
    if (change < 0) this.#refill();
  }

  #refill(): void {
    if (this.#isStopped) return;
    const target = this.#connection.windowFor(this.#growth);
    const increment = target - this.#unread - this.#open;
    if (increment < Math.min(target >>> 1, MAX_SAVED_BYTES)) return;
    this.#set(this.#open + increment, this.#unread);
    this.#connection.sendCredit(this.#id, increment);
  }

  #set(open: number, unread: number): void {
    const unreadChange = unread - this.#unread;
    const openChange = this.#isStopped
      ? 0
      : Math.max(0, open) - Math.max(0, this.#open);
    this.#open = open;
    this.#unread = unread;
    this.#connection.count(this, unreadChange, openChange + unreadChange);
  }
}
