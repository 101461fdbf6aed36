/** The channel of a client: one connection, and its timeout. */

import type { Socket } from "node:net";

import {
  Channel,
  ChannelCredentials,
  type ChannelInterface,
  type ChannelOptions,
  connectivityState,
  credentials,
} from "@grpc/grpc-js";

import { connectTimeoutText } from "../../grpc/call_errors.ts";
import { backoffMs } from "../backoff.ts";

type SecureConnector = ReturnType<ChannelCredentials["_createSecureConnector"]>;

/**
 * Secures sockets, and remembers them: grpc-js forgets the sockets of an
 * attempt that never ends, and they would stay open.
 */
class Credentials extends ChannelCredentials {
  readonly #secure: ConnectionInit["secure"];
  readonly #sockets = new Set<Socket>();

  constructor(secure: ConnectionInit["secure"]) {
    super();
    this.#secure = secure;
  }

  override _isSecure(): boolean {
    return this.#secure !== undefined;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(): SecureConnector {
    const secure = this.#secure;
    return {
      connect: async (socket) => {
        this.#sockets.add(socket);
        socket.once("close", () => this.#sockets.delete(socket));
        return secure
          ? { socket: await secure(socket), secure: true }
          : { socket, secure: false };
      },
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => credentials.createEmpty(),
      destroy: () => {},
    };
  }

  /** Leaves the sockets to grpc-js: one of them has become the connection. */
  forgetSockets(): void {
    this.#sockets.clear();
  }

  /** Destroys the sockets that are still open. */
  destroySockets(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** Options of a {@linkcode Connection}. */
interface ConnectionInit {
  /** Target in gRPC's naming syntax. */
  readonly target: string;
  /** Makes a socket secure; undefined for plain text. */
  readonly secure: ((socket: Socket) => Promise<Socket>) | undefined;
  /** Options of every channel. */
  readonly channelOptions: ChannelOptions;
  /** Timeout of an attempt, in milliseconds. */
  readonly connectTimeoutMs: number;
}

/** A channel that is replaced when it cannot connect. */
export class Connection {
  readonly #init: ConnectionInit;
  #channel: ChannelInterface | undefined;
  #credentials: Credentials | undefined;
  #waiting: Set<(text: string) => void> = new Set();
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Number of consecutive failures, and time of the next attempt. */
  #failures = 0;
  #nextTime = 0;

  /** @param init The options. */
  constructor(init: ConnectionInit) {
    this.#init = init;
  }

  /** Delay before the next call may begin, in milliseconds. */
  get delayMs(): number {
    return this.#failures === 0
      ? 0
      : Math.max(0, this.#nextTime - performance.now());
  }

  /** Notes that the server has answered a call. */
  answered(): void {
    this.#failures = 0;
  }

  /**
   * Notes that a call has found no server, or one that did not answer it.
   * Otherwise, a server that ends each connection at once would get as many
   * connections as there are calls. Simultaneous failures count once.
   */
  failed(): void {
    if (this.delayMs > 0) return;
    this.#failures++;
    this.#nextTime = performance.now() + backoffMs(this.#failures);
    // On Deno, grpc-js does not learn of every session that has ended, and
    // would use it forever. One that connects is new.
    const state = this.#channel?.getConnectivityState(false);
    if (state !== connectivityState.CONNECTING) this.#drop();
  }

  /**
   * Returns the channel for the next call. A channel that failed to connect is
   * not reused: it would fail calls without an attempt of their own until its
   * backoff ends, and a silent server would block it forever.
   */
  channel(): ChannelInterface {
    const state = this.#channel?.getConnectivityState(false);
    if (
      state === connectivityState.TRANSIENT_FAILURE ||
      state === connectivityState.SHUTDOWN
    ) {
      this.#drop();
    }
    if (this.#channel === undefined) {
      this.#credentials = new Credentials(this.#init.secure);
      this.#channel = new Channel(
        this.#init.target,
        this.#credentials,
        this.#init.channelOptions,
      );
    }
    return this.#channel;
  }

  /**
   * Waits until the current channel is connected.
   *
   * @param onTimeout Called with a text for errors when that takes too long. All
   * calls that wait for one attempt share its time.
   * @param locationTimeoutMs The longest time for this call alone, if it has less.
   * @returns A function that stops waiting.
   */
  expectReady(
    onTimeout: (text: string) => void,
    locationTimeoutMs?: number | undefined,
  ): () => void {
    const channel = this.channel();
    if (channel.getConnectivityState(true) === connectivityState.READY) {
      return () => {};
    }
    const waiting = this.#waiting;
    waiting.add(onTimeout);
    if (this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#waiting = new Set();
        this.#drop();
        const text = connectTimeoutText(this.#init.connectTimeoutMs);
        for (const callback of waiting) callback(text);
      }, this.#init.connectTimeoutMs);
      this.#watch(channel);
    }
    const ownTimer = locationTimeoutMs === undefined
      ? undefined
      : setTimeout(() => {
        // It is connected, or its attempt has failed.
        if (waiting !== this.#waiting) return;
        waiting.delete(onTimeout);
        if (waiting.size === 0) this.close();
        onTimeout(connectTimeoutText(locationTimeoutMs, "locationTimeoutMs"));
      }, locationTimeoutMs);
    return () => {
      clearTimeout(ownTimer);
      waiting.delete(onTimeout);
      if (waiting === this.#waiting && waiting.size === 0) this.#stopTimer();
    };
  }

  /** Closes the connection, once the calls on it have ended. */
  close(): void {
    this.#stopTimer();
    this.#drop();
  }

  #watch(channel: ChannelInterface): void {
    const state = channel.getConnectivityState(false);
    if (state === connectivityState.SHUTDOWN) return;
    if (state === connectivityState.READY) {
      if (channel !== this.#channel) return;
      this.#credentials?.forgetSockets();
      this.#waiting = new Set();
      this.#stopTimer();
      return;
    }
    // No deadline: grpc-js would keep the process alive with a timer for it.
    channel.watchConnectivityState(state, Infinity, () => this.#watch(channel));
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Lets the channel close by itself, after its running calls. */
  #drop(): void {
    try {
      this.#channel?.close();
    } catch {
      // It was closed before.
    }
    this.#credentials?.destroySockets();
    this.#channel = this.#credentials = undefined;
  }
}
