/** A connection, of a client or of a server: RFC 9113, sections 3.4, 5 and 6. */

import type { Socket } from "node:net";

import { tlsErrorText } from "./tls_error_text.ts";
import type { ConnectionListener } from "./connection_listener.ts";
import { FlowControl, type FlowLimits } from "./flow_control.ts";
import { MAX_31_BITS } from "../frame/frame.ts";
import { FrameReader } from "../frame/frame_reader.ts";
import { FrameSender } from "./frame_sender.ts";
import { HpackError } from "../hpack/hpack_error.ts";
import { type ConnectionEnd, ReceivedGoaways } from "../frame/goaway.ts";
import { type ErrorCodeName, Http2Error } from "../frame/http2_error.ts";
import { PrefaceReader } from "./preface.ts";
import { ReadingTurns } from "../../socket/reading_turns.ts";
import {
  FrameHandler,
  type FrameHandlerHost,
  type FrameHandlerLimits,
  RESET_COST,
} from "./frame_handler.ts";
import { windowOverflow } from "./send_window.ts";
import {
  applySettings,
  INITIAL_SETTINGS,
  type Settings,
} from "../frame/settings.ts";
import { SettingsTimer } from "./settings_timer.ts";
import { Http2Stream, type StreamOwner, type StreamReset } from "./stream.ts";
import { type Role, Streams } from "./streams.ts";

/** Longest wait for the peer to close its end, in milliseconds. */
const CLOSE_TIMEOUT_MS = 1000;

/** Limits of a connection. */
export interface ConnectionLimits extends FrameHandlerLimits, FlowLimits {
  /** Most streams that a client may have open on this server. */
  readonly maxConcurrentStreams: number;
  /** Longest wait for the acknowledgement of our SETTINGS, in milliseconds. */
  readonly settingsTimeoutMs: number;
}

/**
 * HTTP/2 on one socket. It handles every event of the socket, reports it to its
 * listener, and never throws.
 */
export class Http2Connection {
  readonly role: Role;
  readonly streams: Streams;
  /** Reader of the peer's first bytes. */
  readonly preface: PrefaceReader;
  readonly flow: FlowControl;
  /** Time at which the last bytes came, by `performance.now()`. */
  lastHeard: number = performance.now();
  readonly #socket: Socket;
  readonly #listener: ConnectionListener;
  readonly #limits: ConnectionLimits;
  readonly #sender: FrameSender;
  readonly #handler: FrameHandler;
  readonly #reader: FrameReader;
  readonly #turns: ReadingTurns;
  #settings: Settings = INITIAL_SETTINGS;
  /** True once our own preface was sent. */
  #isIntroduced = false;
  #isReady = false;
  readonly #settingsTimer: SettingsTimer;
  /** Last stream id in the last GOAWAY that we sent. */
  #goawaySent = MAX_31_BITS;
  readonly #goaways = new ReceivedGoaways();
  #isEnded = false;
  #isRef = true;
  #pings: (() => void)[] = [];
  readonly #streamOwner: StreamOwner = {
    sendHeaders: (stream, headers, endStream) =>
      this.#sender.sendHeaders(stream.id, headers, endStream),
    sendData: (stream) => this.#sender.sendData(stream),
    resetStream: (stream, code) => this.#resetStream(stream, code),
    streamEnded: (stream) => this.#streamEnded(stream),
  };

  /**
   * @param role The role of this end.
   * @param socket A connected socket.
   * @param limits Limits for the peer.
   * @param listener Receives the events.
   */
  constructor(
    role: Role,
    socket: Socket,
    limits: ConnectionLimits,
    listener: ConnectionListener,
  ) {
    this.role = role;
    this.#socket = socket;
    this.#limits = limits;
    this.#listener = listener;
    this.streams = new Streams(role);
    this.#settingsTimer = new SettingsTimer(role, limits.settingsTimeoutMs);
    this.#sender = new FrameSender(socket, {
      onExcess: () =>
        this.#fail(
          new Http2Error("ENHANCE_YOUR_CALM", "the peer does not read"),
        ),
      // Tiny frames earn nothing: a peer could request them byte by byte.
      onDataSent: (bytes) =>
        bytes >= 256 && this.#handler.flood.earn(4 + (bytes >>> 11)),
    });
    this.flow = new FlowControl(role === "client", limits, {
      sendCredit: (id, bytes) => this.#sender.sendWindowUpdate(id, bytes),
      sendInitialWindow: (initialWindowBytes) =>
        this.#sender.sendSettings({ initialWindowBytes }),
      flows: () => this.streams.open().map(({ flow }) => flow),
    });
    this.#handler = new FrameHandler(this.#frameHost(), limits);
    this.#reader = new FrameReader(this.#handler);
    this.preface = new PrefaceReader(role);
    // Behind TLS, the peer has negotiated HTTP/2. Others may speak HTTP/1.1.
    const { encrypted } = socket as { encrypted?: boolean };
    if (role === "client" || encrypted) this.#introduce();
    this.#turns = new ReadingTurns(socket, this.#reader, {
      read: (chunk) => this.#onSocketData(chunk),
      readPlaced: (memory, bytes) =>
        this.#onBytes(() => this.#reader.placed(memory, bytes)) ?? bytes,
    });
    socket.on("end", () => this.#onPeerEnd());
    socket.on("close", () => this.#onSocketEnd("it was closed"));
    socket.on(
      "error",
      (error: Error) => this.#onSocketEnd(tlsErrorText(error)),
    );
  }

  /** Settings of the peer. */
  get settings(): Settings {
    return this.#settings;
  }

  /**
   * True if the peer's SETTINGS have come, and the connection has not ended.
   */
  get isUsable(): boolean {
    return this.#isReady && !this.#isEnded && !this.#goaways.hasCome &&
      this.streams.hasNextId;
  }

  /** True if the connection has ended. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Size of the last header list, in bytes. */
  get listBytes(): number {
    return this.#handler.listBytes;
  }

  /** Waits until data may be written; undefined if it may be now. */
  room(): Promise<void> | undefined {
    return this.#sender.room();
  }

  /** Opens a stream of the client. Its `listener` must be set at once. */
  openStream(): Http2Stream {
    const stream = this.#newStream(this.streams.takeId());
    this.streams.add(stream);
    return stream;
  }

  /** Sends a PING, and calls back when it is answered. */
  ping(onAck: () => void): void {
    if (this.#isEnded) return;
    this.#introduce();
    this.#pings.push(onAck);
    this.#sender.sendPing(new Uint8Array(8));
  }

  /**
   * Sends GOAWAY (section 6.8).
   *
   * @param isFinal True if streams that begin from now on are refused. False
   * for a warning that this will follow.
   */
  sendGoaway(isFinal: boolean, debug = ""): void {
    if (this.#isEnded) return;
    this.#introduce();
    this.#goawaySent = isFinal ? this.streams.lastPeerId : MAX_31_BITS;
    this.#sender.sendGoaway(this.#goawaySent, "NO_ERROR", debug);
  }

  /** Closes the connection in order. Open streams end. */
  close(): void {
    if (this.#isEnded) return;
    this.#introduce();
    this.#sender.sendGoaway(this.streams.lastPeerId, "NO_ERROR");
    this.#finish({ code: "NO_ERROR", problem: "" });
  }

  /**
   * Counts useless work, such as a call of an unknown method. Too much of it
   * ends the connection.
   */
  countUseless(what: string): void {
    if (this.#isEnded) return;
    try {
      this.#handler.wasted.spend(what, 2 * RESET_COST);
    } catch (error) {
      this.#fail(error as Http2Error);
    }
  }

  /** Ends the connection without a GOAWAY, because the peer is gone. */
  destroy(problem: string): void {
    if (this.#isEnded) return;
    this.#end({ code: "NO_ERROR", problem });
    this.#socket.destroy();
  }

  /** Sets whether the socket keeps the process alive. */
  setRef(isRef: boolean): void {
    if (isRef === this.#isRef) return;
    this.#isRef = isRef;
    if (isRef) this.#socket.ref?.();
    else this.#socket.unref?.();
  }

  /** Returns the callbacks for the frame handler, which are not public. */
  #frameHost(): FrameHandlerHost {
    return {
      role: this.role,
      streams: this.streams,
      flow: this.flow,
      onSettingsFrame: (payload) => this.#onSettings(payload),
      onSettingsAckFrame: () => {
        this.#settingsTimer.stop();
        this.flow.onSettingsAck();
      },
      onPingFrame: (payload, isAck) => {
        if (isAck) this.#pings.shift()?.();
        else {
          // A server that is shutting down waits for the answer of its client.
          const isIdle = this.role === "server" && this.streams.size === 0;
          this.#sender.answerPing(payload, isIdle);
        }
      },
      onGoawayFrame: (id, code, debug) => this.#onGoaway(id, code, debug),
      onWindowUpdateFrame: (id, increment) =>
        this.#onWindowUpdate(id, increment),
      onResetFrame: (stream, code) =>
        this.#drop(stream, {
          by: "peer",
          code,
          isUnprocessed: code === "REFUSED_STREAM",
        }),
      acceptStream: (id) => this.#acceptStream(id),
      failStream: (error) => this.#failStream(error),
    };
  }

  #resetStream(stream: Http2Stream, code: ErrorCodeName): void {
    if (!this.streams.remove(stream, "reset by us")) return;
    // Many clients reset a stream when they see its end.
    if (code === "NO_ERROR") this.#handler.earnStream();
    this.#sender.sendReset(stream.id, code);
    this.#listener.onChange();
  }

  #streamEnded(stream: Http2Stream): void {
    if (!this.streams.remove(stream, "ended")) return;
    this.#handler.earnStream();
    // The answer is complete, and no other one could leave with it.
    const isAlone = this.role === "server" && this.streams.size === 0;
    if (isAlone) this.#sender.flush();
    this.#listener.onChange();
  }

  #onSettings(payload: Uint8Array): void {
    const before = this.#settings;
    const settings = applySettings(before, payload, this.role === "client");
    this.#settings = settings;
    this.#sender.applySettings(before, settings);
    this.#sender.sendSettingsAck();
    // Section 6.9.2: it changes the windows of open streams.
    const change = settings.initialWindowBytes - before.initialWindowBytes;
    if (change !== 0) {
      for (const stream of this.streams.open()) {
        if (!stream.sendWindow.change(change)) {
          throw windowOverflow();
        }
        this.#sender.sendData(stream);
      }
    }
    if (!this.#isReady) {
      this.#isReady = true;
      this.#settingsTimer.start((error) => this.#fail(error));
      this.#listener.onReady();
    }
    this.#listener.onChange();
  }

  #onGoaway(lastStreamId: number, code: ErrorCodeName, debug: string): void {
    this.#goaways.add(code, debug);
    this.#listener.onGoaway(lastStreamId, code, debug);
    if (this.role === "server") return;
    for (const stream of this.streams.open()) {
      if (stream.id <= lastStreamId) continue;
      this.#drop(stream, {
        by: "peer",
        code: "REFUSED_STREAM",
        isUnprocessed: true,
      });
    }
  }

  #onWindowUpdate(streamId: number, increment: number): void {
    if (streamId === 0) {
      if (!this.#sender.widenWindow(increment)) throw windowOverflow();
      return;
    }
    const stream = this.streams.get(streamId);
    if (stream === undefined) return;
    if (stream.sendWindow.change(increment)) this.#sender.sendData(stream);
    else {
      // Like any error of one stream.
      this.#handler.wasted.spend("WINDOW_UPDATE beyond 2^31 - 1", RESET_COST);
      this.#failStream(windowOverflow(streamId));
    }
  }

  #acceptStream(streamId: number): Http2Stream | undefined {
    // The stream is beyond our GOAWAY: the peer knows that it will not be
    // answered.
    if (streamId > this.#goawaySent) {
      this.streams.refuse(streamId);
      return undefined;
    }
    if (this.streams.size >= this.#limits.maxConcurrentStreams) {
      this.#failStream(
        new Http2Error("REFUSED_STREAM", "too many streams", streamId),
      );
      return undefined;
    }
    const stream = this.#newStream(streamId);
    this.streams.add(stream);
    this.#listener.onStream(stream);
    this.#listener.onChange();
    return stream;
  }

  #failStream({ streamId, code, message }: Http2Error): void {
    const stream = this.streams.get(streamId);
    // An idle stream must not get RST_STREAM (section 6.4).
    if (this.streams.isIdle(streamId)) throw new Http2Error(code, message);
    this.#sender.sendReset(streamId, code);
    if (stream === undefined) this.streams.refuse(streamId);
    else {
      this.#drop(stream, {
        by: "us",
        code,
        problem: message,
        isUnprocessed: false,
      });
    }
  }

  #newStream(id: number): Http2Stream {
    return new Http2Stream(
      this.#streamOwner,
      id,
      this.#settings.initialWindowBytes,
      this.flow,
    );
  }

  /** Sends our preface, once. */
  #introduce(): void {
    if (this.#isIntroduced) return;
    this.#isIntroduced = true;
    const { maxFrameBytes, maxHeaderListBytes } = this.#limits;
    if (this.role === "client") this.#sender.sendClientPreface();
    this.#sender.sendSettings({
      ...(this.role === "client"
        ? { enablePush: false }
        : { maxConcurrentStreams: this.#limits.maxConcurrentStreams }),
      initialWindowBytes: this.flow.initialWindowBytes,
      maxFrameBytes,
      maxHeaderListBytes,
    });
    this.flow.begin();
  }

  /** Processes a chunk, and returns the number of bytes that were read. */
  #onSocketData(chunk: Uint8Array): number {
    return this.#onBytes(() => {
      const start = this.#isReady ? 0 : this.preface.read(chunk);
      if (this.preface.isComplete) this.#introduce();
      return this.#reader.push(chunk, start);
    }) ?? chunk.length;
  }

  /** Processes bytes by `read`; undefined if they have ended the connection. */
  #onBytes<T>(read: () => T): T | undefined {
    this.lastHeard = performance.now();
    try {
      return read();
    } catch (error) {
      if (error instanceof Http2Error) this.#fail(error);
      else if (error instanceof HpackError) {
        this.#fail(new Http2Error("COMPRESSION_ERROR", error.message));
      } else {
        this.#fail(new Http2Error("INTERNAL_ERROR", String(error)));
      }
      return undefined;
    }
  }

  /** Ends a stream, and reports that to its listener. */
  #drop(stream: Http2Stream, reset: StreamReset): void {
    const closing = reset.by === "peer" ? "reset by peer" : "reset by us";
    if (!this.streams.remove(stream, closing)) return;
    stream.listener?.onStreamReset(reset);
    this.#listener.onChange();
  }

  /** Ends the connection after a violation by the peer (section 5.4.1). */
  #fail({ code, message }: Http2Error): void {
    if (this.#isEnded) return;
    const farewell = this.#isIntroduced ? undefined : this.preface.farewell;
    if (farewell === undefined) {
      this.#introduce();
      this.#sender.sendGoaway(this.streams.lastPeerId, code, message);
    } else this.#sender.sendBytes(farewell);
    this.#finish({
      code,
      problem: this.preface.foreignProtocol ?? `${message} (${code})`,
    });
  }

  /** The peer may still read the answers to its earlier requests. */
  #onPeerEnd(): void {
    this.#turns.finish();
    if (this.#isEnded || this.role === "client") {
      this.#onSocketEnd("the peer closed it");
    } else if (!this.#listener.onPeerEnd?.()) {
      if (this.#sender.isEmpty) this.#onSocketEnd("the peer closed it");
      else this.close();
    }
  }

  #onSocketEnd(problem: string): void {
    this.#turns.finish();
    if (!this.#isEnded) {
      this.#end(this.#goaways.endOf(this.preface.endText(problem)));
    }
    this.#socket.destroy();
  }

  /** Ends the connection, but lets written data leave. */
  #finish(end: ConnectionEnd): void {
    this.#sender.flush();
    this.#socket.end();
    // Later bytes are still read: closing a socket with unread bytes discards
    // the bytes that it has sent.
    const timer = setTimeout(() => this.#socket.destroy(), CLOSE_TIMEOUT_MS);
    this.#socket.once("close", () => clearTimeout(timer));
    this.#end(end);
  }

  #end(end: ConnectionEnd): void {
    this.#isEnded = true;
    this.#settingsTimer.stop();
    this.#reader.stop();
    this.#turns.stop();
    this.#sender.close();
    for (const stream of this.streams.open()) {
      this.streams.remove(stream, "reset by us");
      stream.listener?.onStreamReset({
        by: "connection",
        code: end.code,
        problem: end.problem,
        isUnprocessed: false,
      });
    }
    this.#listener.onEnd(end);
  }
}
