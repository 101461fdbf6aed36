/**
 * What the cases of a page work with.
 *
 * @module
 */
import { connectWeb, type FlightClient } from "@contrail/flight/web";
import { assert } from "./page_assert.ts";
import type { CallState } from "./call_state.ts";

/** Timeout of any call. */
const TIMEOUT_MS = 40_000;

/** Longest wait for a state. */
const STATE_TIMEOUT_MS = 30_000;

/** Most that fits into the window of a WebSocket, and into buffers, in MiB. */
const MAX_AHEAD_OF_SOCKET_MIB = 16;

/** How long a call has to stand still. */
const STILL_MS = 1_000;

/** Way of calls in both directions: a WebSocket, or none. */
export type BothWays = "socket" | "none";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** The page. */
export class PageContext {
  /** Client of the service. */
  readonly client: FlightClient;
  /** Client of the database. */
  readonly sqlClient: FlightClient;
  /** Way of calls in both directions. */
  readonly bothWays: BothWays;
  /** Largest number of MiB that a server may get ahead of a reader that stops. */
  readonly maxAheadMib: number;
  /** True if large streams are left out. */
  readonly isLight: boolean;
  /** True if all calls go over WebSockets. */
  readonly isSocketOnly: boolean;
  /** True if the server notices the cancel of a call before it has sent anything. */
  readonly noticesSilent: boolean;
  /** Remarks about the current case. */
  readonly notes: string[] = [];
  /** Part of all names, which no other page has. */
  readonly #run: string;
  #count = 0;

  /** @param settings The query of the page. */
  constructor(settings: URLSearchParams) {
    this.bothWays = settings.get("bothWays") as BothWays;
    this.isSocketOnly = settings.has("isSocketOnly");
    const options = {
      timeoutMs: TIMEOUT_MS,
      ...this.isSocketOnly ? { webSocket: true } : {},
      ...this.bothWays === "none" ? { webSocket: false } : {},
    };
    this.client = connectWeb(settings.get("flight")!, options);
    this.sqlClient = connectWeb(settings.get("sql")!, options);
    this.maxAheadMib = this.isSocketOnly
      ? MAX_AHEAD_OF_SOCKET_MIB
      : Number(settings.get("maxAheadMib") ?? Infinity);
    this.isLight = settings.has("isLight");
    this.noticesSilent = !settings.has("missesSilent");
    this.#run = settings.get("run")!;
  }

  /** Makes a name for a call. */
  name(): string {
    return `${this.#run}-${++this.#count}`;
  }

  /** Adds a remark, which is printed. */
  note(text: string): void {
    this.notes.push(text);
  }

  /** Returns the state of a call. */
  async state(name: string): Promise<CallState> {
    const action = { type: "state", body: encoder.encode(name) };
    const [result] = await Array.fromAsync(this.client.doAction(action));
    return JSON.parse(decoder.decode(result!.body));
  }

  /** Waits until the server has begun to answer a call. */
  async begun(name: string): Promise<void> {
    await this.#until(name, ({ messages }) => messages !== undefined);
  }

  /** Waits until the server has seen the end of a call. */
  async ended(name: string): Promise<CallState> {
    return await this.#until(name, ({ end }) => end !== undefined);
  }

  /** Waits until a call stands still, or has ended. */
  async still(name: string): Promise<CallState> {
    let messages = -1;
    let since = 0;
    return await this.#until(name, (state) => {
      if (state.messages !== messages) {
        messages = state.messages;
        since = performance.now();
      }
      return state.end !== undefined || performance.now() - since > STILL_MS;
    });
  }

  async #until(
    name: string,
    isWanted: (state: CallState) => boolean,
  ): Promise<CallState> {
    const deadline = performance.now() + STATE_TIMEOUT_MS;
    while (true) {
      const state = await this.state(name);
      if (isWanted(state)) return state;
      assert(performance.now() < deadline, JSON.stringify(state));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** A case of a page. */
export type PageCase = (page: PageContext) => Promise<void>;

/** The cases by name. */
export type PageCases = Readonly<Record<string, PageCase>>;
