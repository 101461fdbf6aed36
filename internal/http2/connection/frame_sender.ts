/** Sends the frames of a connection: RFC 9113, sections 3.4 and 6. */

import type { Socket } from "node:net";

import { DataScheduler } from "./data_scheduler.ts";
import { CLIENT_PREFACE, FLAG, FRAME } from "../frame/frame.ts";
import {
  encodeFrame,
  encodeGoaway,
  encodeHeaders,
  encodePing,
  encodeRstStream,
  encodeWindowUpdate,
} from "../frame/frame_writer.ts";
import { HpackEncoder } from "../hpack/encoder.ts";
import type { ErrorCodeName } from "../frame/http2_error.ts";
import { encodeSettings, type Settings } from "../frame/settings.ts";
import { SocketWriter } from "../../socket/socket_writer.ts";
import type { Http2Stream } from "./stream.ts";

/** Events of a {@linkcode FrameSender}. */
interface FrameSenderHost {
  /** Called when far too much waits for a peer that does not read. */
  onExcess(): void;
  /** Called for each DATA frame with the length of its data in bytes. */
  onDataSent(bytes: number): void;
}

/**
 * The sending half of a connection. It encodes frames, compresses headers and
 * takes turns between the data of the streams. After `close()` it drops
 * everything.
 */
export class FrameSender {
  readonly #output: SocketWriter;
  readonly #scheduler: DataScheduler;
  readonly #encoder = new HpackEncoder();
  #isClosed = false;

  /**
   * @param socket A connected socket.
   * @param host Receives the events.
   */
  constructor(socket: Socket, host: FrameSenderHost) {
    this.#output = new SocketWriter(
      socket,
      () => this.#scheduler.pump(),
      () => host.onExcess(),
    );
    this.#scheduler = new DataScheduler(
      this.#output,
      (bytes) => host.onDataSent(bytes),
    );
  }

  /** True if all bytes have left. */
  get isEmpty(): boolean {
    return this.#output.isEmpty;
  }

  /** Waits until data may be written; undefined if it may be now. */
  room(): Promise<void> | undefined {
    return this.#output.room();
  }

  /** Applies the peer's SETTINGS, except to the windows of the streams. */
  applySettings(before: Settings, settings: Settings): void {
    if (settings.headerTableBytes !== before.headerTableBytes) {
      this.#encoder.setMaxTableBytes(settings.headerTableBytes);
    }
    this.#scheduler.maxFrameBytes = settings.maxFrameBytes;
  }

  /** Sends the first bytes of a client (section 3.4). */
  sendClientPreface(): void {
    this.#output.write(new TextEncoder().encode(CLIENT_PREFACE));
  }

  /** Sends bytes that are no frame, to a peer that does not speak HTTP/2. */
  sendBytes(bytes: Uint8Array): void {
    this.#output.write(bytes);
  }

  /** Sends SETTINGS. */
  sendSettings(settings: Partial<Settings>): void {
    this.#output.write(
      encodeFrame(FRAME.SETTINGS, 0, 0, encodeSettings(settings)),
    );
  }

  /** Acknowledges the peer's SETTINGS. */
  sendSettingsAck(): void {
    this.#output.write(encodeFrame(FRAME.SETTINGS, FLAG.ACK, 0));
  }

  /** Sends PING. */
  sendPing(payload: Uint8Array): void {
    this.#output.write(encodePing(payload, false));
  }

  /**
   * Answers PING.
   *
   * @param isIdle True if no stream is open. Then the answer waits a few milliseconds for the next
   * frames: gRPC's clients send a PING for the data of every call, and small calls would be half as
   * many writes again.
   */
  answerPing(payload: Uint8Array, isIdle: boolean): void {
    this.#output.writeLate(encodePing(payload, true), isIdle);
  }

  /** Sends GOAWAY. */
  sendGoaway(lastStreamId: number, code: ErrorCodeName, debug = ""): void {
    this.#output.write(encodeGoaway(lastStreamId, code, debug));
  }

  /** Sends RST_STREAM. */
  sendReset(streamId: number, code: ErrorCodeName): void {
    this.#output.write(encodeRstStream(streamId, code));
  }

  /** Sends WINDOW_UPDATE for the connection (stream 0) or a stream. */
  sendWindowUpdate(streamId: number, increment: number): void {
    this.#output.write(encodeWindowUpdate(streamId, increment));
  }

  /** Sends HEADERS, with CONTINUATION if one frame is too small. */
  sendHeaders(
    streamId: number,
    headers: Iterable<readonly [string, string]>,
    endStream: boolean,
  ): void {
    if (this.#isClosed) return;
    const block = this.#encoder.encode(headers);
    const { maxFrameBytes } = this.#scheduler;
    this.#output.write(
      encodeHeaders(streamId, block, endStream, maxFrameBytes),
    );
  }

  /** Sends the outgoing data of a stream, now or when its windows allow it. */
  sendData(stream: Http2Stream): void {
    this.#scheduler.add(stream);
  }

  /**
   * Widens the window of the connection.
   *
   * @returns True if the window is valid; false if it exceeds 2^31 - 1.
   */
  widenWindow(increment: number): boolean {
    if (!this.#scheduler.window.change(increment)) return false;
    this.#scheduler.pump();
    return true;
  }

  /** Hands the buffered bytes to the socket. */
  flush(): void {
    this.#output.flush();
  }

  /** Drops unsent bytes, and accepts nothing more. */
  close(): void {
    this.#isClosed = true;
    this.#output.close();
  }
}
