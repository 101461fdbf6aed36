/** Flow control of received data: RFC 9113, sections 5.2 and 6.9. */

import { INITIAL_WINDOW_BYTES, MAX_31_BITS } from "../frame/frame.ts";
import { PassingMap } from "../../base/lifetimes/passing_map.ts";
import { Http2Error } from "../frame/http2_error.ts";

/** Growth of a window for each byte that is read, in bytes. */
const GROWTH = 4;

/**
 * Smallest growth of a window once its stream is really read, and the most that
 * is saved up before credit is sent. A proxy may hold back the credit of one
 * direction behind unread data of the other (HAProxy before 3.1 does). An
 * exchange goes on behind it if each end can send a message and more within its
 * window, and gives credit for each message that it reads.
 */
const MIN_GROWTH_BYTES = 4 << 20;
const MAX_SAVED_BYTES = 512 << 10;

/** Most unread bytes with which a window grows by more than `MIN_GROWTH_BYTES`. */
const MAX_LEFT_BYTES = 1 << 20;

/**
 * Bytes after which a stream counts as really read: small answers end without
 * any credit.
 */
const READ_BYTES = 4096;

/**
 * Sent bytes after which a stream counts as read before anything has come: the
 * credit must be ahead of data behind which a proxy may hold it back.
 */
const SENT_BYTES = INITIAL_WINDOW_BYTES;

/** Share of the budget with which a stream begins: a thousand fit at once. */
const INITIAL_SHARE = 1 / 1024;

/**
 * The same if windows are tight, because streams that are read need the rest.
 */
const TIGHT_SHARE = 1 / 16_384;

/**
 * Smallest initial window of a stream: each WINDOW_UPDATE costs both sides a
 * frame.
 */
const MIN_INITIAL_BYTES = 1024;

/** Share of the budget from which windows are tight. */
const TIGHT_AT = 1 / 2;

/** Share of the budget up to which windows become wide again. */
const WIDE_AT = 1 / 4;

/** Limits of a {@linkcode FlowControl}. */
export interface FlowLimits {
  /** Largest window of a stream, in bytes. */
  readonly windowBytes: number;
  /**
   * Budget: most bytes that may wait to be read on all streams together, and
   * window of the connection, as far as HTTP/2 has such.
   */
  readonly unreadBytes: number;
}

/** Connection of a {@linkcode FlowControl}. */
interface FlowControlHost {
  /** Sends WINDOW_UPDATE for the connection (stream 0) or a stream. */
  sendCredit(streamId: number, increment: number): void;
  /** Sends SETTINGS with another SETTINGS_INITIAL_WINDOW_SIZE. */
  sendInitialWindow(bytes: number): void;
  /** Returns the flows of all open streams. */
  flows(): Iterable<StreamFlow>;
}

/**
 * Receive windows of one connection and all of its streams.
 *
 * The window of the connection is credited as data arrives, read or not, so no
 * stream takes it away from the others. It is as large as all windows of streams
 * together: if a proxy holds back our credit, no call stops while it has a window
 * of its own. The windows of the streams bound the unread data. They begin small
 * and grow as their stream is read, further if its reader waits for data, each up
 * to half of the remaining budget, so some is left for the next one. When half of
 * the budget is given away, the streams begin with less. If that is still not
 * enough, the stream with the most unread data fails.
 */
export class FlowControl {
  /** Initial window of a stream while there is enough for all, in bytes. */
  readonly #wideBytes: number;
  /** The same when windows are tight. */
  readonly #tightBytes: number;
  /** Window of the connection, in bytes. */
  readonly #windowBytes: number;
  readonly #isClient: boolean;
  readonly #limits: FlowLimits;
  readonly #host: FlowControlHost;
  /** Bytes that the peer may still send on the connection. */
  #open = INITIAL_WINDOW_BYTES;
  /** Initial window that the peer uses for new streams, as far as we know. */
  #acknowledged = INITIAL_WINDOW_BYTES;
  /** Initial window in our last SETTINGS; the first ones are on their way. */
  #announced: number;
  #isUnderWay = true;
  /** Number of streams on which data may come. */
  #streams = 0;
  #unread = 0;
  /** Sum of `#unread` and of the bytes that the peer may still send. */
  #given = 0;
  readonly #behind = new PassingMap<StreamFlow, StreamFlow>();

  /**
   * @param isClient True if this end begins the streams.
   * @param limits The limits.
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
    this.#windowBytes = Math.min(unreadBytes, MAX_31_BITS);
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

  /** Computes the window of a stream that has grown by `growth`. */
  windowFor(growth: number): number {
    const share = (this.#limits.unreadBytes - this.#given) / 2;
    const initial = this.#announced;
    return Math.max(
      initial,
      Math.floor(Math.min(this.maxWindowBytes, initial + growth, share)),
    );
  }

  /** True if streams may get windows before they are read. */
  get isWide(): boolean {
    return this.#given <= this.#limits.unreadBytes * WIDE_AT;
  }

  /** Opens the window of the connection, after our first SETTINGS. */
  begin(): void {
    this.#refill(1);
  }

  /**
   * Opens the flow of a new stream.
   *
   * @param id Its number.
   * @param onOverflow Called when the stream must fail.
   */
  open(id: number, onOverflow: (unread: number) => void): StreamFlow {
    // A server reads our SETTINGS before the stream; a client may not have.
    const initial = this.#isClient ? this.#announced : this.#acknowledged;
    return new StreamFlow(this, id, initial, onOverflow);
  }

  /**
   * Counts a DATA frame that has begun, on any stream.
   *
   * @throws {Http2Error} When it exceeds the window.
   */
  receive(bytes: number): void {
    if (bytes > this.#open) {
      throw new Http2Error("FLOW_CONTROL_ERROR", "more data than was allowed");
    }
    this.#open -= bytes;
  }

  /** Counts the end of the DATA frame; as much may come again. */
  received(): void {
    this.#refill(this.#windowBytes >>> 1);
    while (this.#unread > this.#limits.unreadBytes) this.#failFurthest();
  }

  /** Notes that the peer has acknowledged SETTINGS. */
  onSettingsAck(): void {
    if (!this.#isUnderWay) return;
    this.#isUnderWay = false;
    this.#apply();
    this.#adapt();
  }

  /**
   * Counts a stream that begins, or that accepts no more data. The stream calls
   * it.
   */
  countStream(change: 1 | -1): void {
    this.#streams += change;
  }

  /** Counts changes of a stream, in bytes. The stream calls it. */
  count(flow: StreamFlow, unread: number, given: number): void {
    this.#unread += unread;
    this.#given += given;
    if (unread !== 0) {
      if (flow.unread === 0) this.#behind.delete(flow);
      else if (flow.unread === unread) this.#behind.set(flow, flow);
    }
    if (given !== 0) this.#adapt();
  }

  /** Sends credit for a stream. The stream calls it. */
  sendCredit(streamId: number, increment: number): void {
    this.#host.sendCredit(streamId, increment);
  }

  #refill(least: number): void {
    const increment = this.#windowBytes - this.#open;
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
    // The peer may use a larger window before it acknowledges it.
    if (this.#announced > this.#acknowledged) this.#apply();
  }

  /** Section 6.9.2: settings change the windows of open streams. */
  #apply(): void {
    this.#acknowledged = this.#announced;
    for (const flow of this.#host.flows()) flow.rebase(this.#announced);
  }

  /** Makes room: the stream with the most unread data ends. */
  #failFurthest(): void {
    let furthest: StreamFlow | undefined;
    for (const flow of this.#behind.values()) {
      if (furthest === undefined || flow.unread > furthest.unread) {
        furthest = flow;
      }
    }
    const { unread } = furthest!;
    furthest!.onOverflow(unread);
    furthest!.drop();
  }
}

/** Receive window of one stream, and its unread data. */
export class StreamFlow {
  /** Called with the unread bytes when the stream must fail. */
  readonly onOverflow: (unread: number) => void;
  readonly #connection: FlowControl;
  readonly #id: number;
  /**
   * Bytes that the peer may still send; negative when settings have shrunk it.
   */
  #open: number;
  #unread = 0;
  /** Growth of the window since the start, because the stream was read. */
  #growth = 0;
  /** Bytes that were read, counted up to `MIN_GROWTH_BYTES`. */
  #readBytes = 0;
  /** Bytes that were sent before the stream counted as read. */
  #sentBytes = 0;
  /** SETTINGS_INITIAL_WINDOW_SIZE as included in `#open`. */
  #initial: number;
  #isStopped = false;
  #isDropped = false;

  /**
   * @param connection The flow control of the connection.
   * @param id The number of the stream.
   * @param initial SETTINGS_INITIAL_WINDOW_SIZE, as the peer knows it.
   * @param onOverflow Called when the stream must fail.
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

  /** Bytes that have come, or are coming, and were not read. */
  get unread(): number {
    return this.#unread;
  }

  /**
   * Counts arriving bytes.
   *
   * @returns False, and counts nothing, when they exceed the window.
   */
  receive(bytes: number): boolean {
    if (bytes > this.#open) return false;
    const unread = this.#isDropped ? 0 : this.#unread + bytes;
    this.#set(this.#open - bytes, unread);
    return true;
  }

  /**
   * Counts bytes that were read, or that a reader waits for. The peer gets
   * credit for them, saved up to half a window or 512 KiB: each credit costs
   * both sides a frame.
   */
  read(bytes: number): void {
    if (this.#isDropped || bytes === 0) return;
    this.#set(this.#open, this.#unread - bytes);
    this.#grow(bytes);
    this.#refill();
  }

  /** Counts bytes that are about to be sent on this stream. */
  sending(bytes: number): void {
    if (this.#isStopped || this.#readBytes >= READ_BYTES) return;
    this.#sentBytes += bytes;
    if (this.#sentBytes <= SENT_BYTES || !this.#connection.isWide) return;
    this.#grow(READ_BYTES);
    this.#refill();
  }

  /** Stops giving credit, because no more data can come, or none is wanted. */
  stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#connection.countStream(-1);
    this.#connection.count(this, 0, -Math.max(0, this.#open));
  }

  /** Stops, and counts all that has come as read. */
  drop(): void {
    if (this.#isDropped) return;
    this.stop();
    this.#set(this.#open, 0);
    this.#isDropped = true;
  }

  /** Applies another SETTINGS_INITIAL_WINDOW_SIZE of the peer. */
  rebase(initial: number): void {
    const change = initial - this.#initial;
    this.#initial = initial;
    if (change === 0) return;
    this.#set(this.#open + change, this.#unread);
    // A reader may wait for data that the peer may no longer send.
    if (change < 0) this.#refill();
  }

  /**
   * Grows the window for bytes that were read. Beyond the smallest growth it does so only for a reader
   * that finds little: one that leaves data unread does not wait for the peer, and would only hold more
   * memory. The first bytes say nothing, since any reader waits for them.
   */
  #grow(bytes: number): void {
    const before = this.#readBytes;
    const after = this.#readBytes = Math.min(before + bytes, MIN_GROWTH_BYTES);
    if (after < READ_BYTES) this.#growth = GROWTH * after;
    else if (before < READ_BYTES) this.#growth = MIN_GROWTH_BYTES;
    else if (before === after && this.#unread <= MAX_LEFT_BYTES) {
      this.#growth += GROWTH * bytes;
    } else return;
    this.#growth = Math.min(this.#connection.maxWindowBytes, this.#growth);
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
