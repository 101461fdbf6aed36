/** A store in Redis or Valkey. */

import type { OptionNames } from "../core/known_options.ts";
import { decodeBase64, encodeBase64 } from "../base/base64.ts";
import { toText } from "../base/bytes.ts";
import { handled } from "../base/handled.ts";
import {
  durationOption,
  MAX_TIMER_MS,
  objectOption,
  shown,
  textOption,
} from "../core/check_option.ts";
import { FlightError } from "../core/flight_error.ts";
import type { SharedStore } from "../core/shared_store.ts";

/**
 * Client of Redis or Valkey, of the application: that of the package `redis` (`sendCommand`), of `ioredis`
 * (`call`), or `Bun.redis` (`send`).
 */
export type RedisClient =
  | { call(command: string, ...args: string[]): Promise<unknown> }
  | { send(command: string, args: string[]): Promise<unknown> }
  | { sendCommand(args: string[]): Promise<unknown> };

/** Options of {@linkcode redisStore}. */
export interface RedisStoreOptions {
  /** Text before each key, so that others can use the same database. Default: `flight:`. */
  readonly prefix?: string | undefined;
  /**
   * Longest wait for an answer, in milliseconds, more than 0, at most 2³¹ − 1. Clients keep commands while they have no
   * connection, some without end. Beyond it, the call that needs the store fails with UNAVAILABLE, though its command may
   * be carried out later. Default: 5,000.
   */
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 5_000;

/** The names of {@linkcode RedisStoreOptions}. */
const REDIS_STORE_OPTIONS: OptionNames<RedisStoreOptions> = {
  prefix: true,
  timeoutMs: true,
};

/** Sets a value if it still is the expected one; one step for all other clients. */
const REPLACE =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1 end return 0";

/**
 * Makes a store in Redis (6.2 or later) or Valkey, for servers on several machines that share sessions,
 * statements and results.
 *
 * Values are kept in Base64, under keys such as `flight:session/…`, with their time to live. If the client
 * rejects, or does not answer for `timeoutMs`, calls that need the store fail with UNAVAILABLE.
 *
 * @param client The client, which is connected, and stays that of the application: close it yourself.
 * @param options The prefix of keys, and the longest wait.
 * @returns The store, for `SharedSessionStore`, `flightSqlService` and `serveWorkers`.
 * @throws {TypeError} When `client` has no method that sends commands, or an option is of the wrong type.
 * @throws {RangeError} When `timeoutMs` is out of its range.
 */
export function redisStore(
  client: RedisClient,
  options: RedisStoreOptions = {},
): SharedStore {
  objectOption("options", options, REDIS_STORE_OPTIONS);
  const { prefix = "flight:", timeoutMs = DEFAULT_TIMEOUT_MS } = options;
  textOption("prefix", prefix);
  durationOption("timeoutMs", timeoutMs, MAX_TIMER_MS);
  const run = inTime(sender(client), timeoutMs);
  const read = async (command: string, key: string) =>
    valueOf(await run(command, prefix + key));
  return {
    get: (key) => read("GET", key),
    take: (key) => read("GETDEL", key),
    async set(key, value, lifetimeMs) {
      await run(
        "SET",
        prefix + key,
        encodeBase64(value),
        "PX",
        String(Math.ceil(lifetimeMs)),
      );
    },
    async replace(key, before, value, lifetimeMs) {
      const outcome = await run(
        "EVAL",
        REPLACE,
        "1",
        prefix + key,
        encodeBase64(before),
        encodeBase64(value),
        String(Math.ceil(lifetimeMs)),
      );
      return Number(outcome) === 1;
    },
    async delete(key) {
      await run("DEL", prefix + key);
    },
  };
}

type Run = (command: string, ...args: string[]) => Promise<unknown>;

/** Finds the method that sends commands. That of ioredis with the name sendCommand is another one. */
function sender(client: RedisClient): Run {
  const { call, send, sendCommand } = (client ?? {}) as {
    call?: unknown;
    send?: unknown;
    sendCommand?: unknown;
  };
  const sends: Run | undefined = typeof call === "function"
    ? (...args) => call.apply(client, args)
    : typeof send === "function"
    ? (command, ...args) => send.call(client, command, args)
    : typeof sendCommand === "function"
    ? (...args) => sendCommand.call(client, args)
    : undefined;
  if (sends === undefined) {
    throw new TypeError(
      `Cannot use Redis: ${
        shown(client)
      } has no method call, send or sendCommand`,
    );
  }
  return sends;
}

/** Bounds the wait for answers, and makes all failures UNAVAILABLE. */
function inTime(sends: Run, timeoutMs: number): Run {
  return async (...args) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, reject) => {
      const reason =
        `no answer for ${timeoutMs} ms (option timeoutMs of redisStore)`;
      timer = setTimeout(() => reject(new Error(reason)), timeoutMs);
    });
    try {
      return await Promise.race([handled(sends(...args)), late]);
    } catch (cause) {
      throw new FlightError(
        "UNAVAILABLE",
        `Redis has failed: ${reasonOf(cause)}`,
        { cause },
      );
    } finally {
      clearTimeout(timer);
    }
  };
}

/** Text of an error; connections that are refused have one without a message. */
function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { message, code, name } = cause as Error & { code?: string };
  return message || code || name;
}

function valueOf(answer: unknown): Uint8Array | undefined {
  if (answer === null || answer === undefined) return undefined;
  // Clients may be set to give bytes.
  return decodeBase64(
    typeof answer === "string" ? answer : toText(answer as Uint8Array),
  );
}
