/** A store in Redis or Valkey. */

import { decodeBase64, encodeBase64 } from "../base/base64.ts";
import { toText } from "../base/bytes.ts";
import { objectOption, shown, textOption } from "../core/check_option.ts";
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
}

/** Sets a value if it still is the expected one; one step for all other clients. */
const REPLACE =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1 end return 0";

/**
 * Makes a store in Redis (6.2 or later) or Valkey, for servers on several machines that share sessions,
 * statements and results.
 *
 * Values are kept in Base64, under keys such as `flight:session/…`, with their time to live. If the client
 * rejects, as without a connection, calls that need the store fail with UNAVAILABLE.
 *
 * @param client The client, which is connected, and stays that of the application: close it yourself.
 * @param options The prefix of keys.
 * @returns The store, for `SharedSessionStore`, `flightSqlService` and `serveWorkers`.
 * @throws {TypeError} When `client` has no method that sends commands, or `prefix` is no text.
 */
export function redisStore(
  client: RedisClient,
  options: RedisStoreOptions = {},
): SharedStore {
  objectOption("options", options);
  const { prefix = "flight:" } = options;
  textOption("prefix", prefix);
  const run = sender(client);
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
  return async (...args) => {
    try {
      return await sends(...args);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new FlightError("UNAVAILABLE", `Redis has failed: ${reason}`, {
        cause,
      });
    }
  };
}

function valueOf(answer: unknown): Uint8Array | undefined {
  if (answer === null || answer === undefined) return undefined;
  // Clients may be set to give bytes.
  return decodeBase64(
    typeof answer === "string" ? answer : toText(answer as Uint8Array),
  );
}
