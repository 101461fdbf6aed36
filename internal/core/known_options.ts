/** The names of options. */

import type { IpcWriteOptions } from "./ipc_options.ts";

/**
 * All names of an interface of options: one that is missing, or that there is not, does not compile. Members that
 * are never present only tell options from data.
 */
export type OptionNames<O> = {
  readonly [
    Name in keyof O as [O[Name]] extends [undefined] ? never : Name
  ]-?: true;
};

/** The names of the options of data streams that are written. */
export const IPC_WRITE_OPTIONS: OptionNames<IpcWriteOptions> = {
  compression: true,
  compressionLevel: true,
  maxBatchBytes: true,
  maxSendMessageBytes: true,
  dictionaries: true,
};

/** The names of the options of `connect` and of `serve`: one object may hold the options of both ends. */
export const END_OPTIONS = {
  ...IPC_WRITE_OPTIONS,
  maxDecompressedMessageBytes: true,
  maxBatchRows: true,
  maxDictionaryBytes: true,
  maxBytesBeforeSchema: true,
  connectLocation: true,
  fetchLocation: true,
  maxFileBytes: true,
  locationIdleMs: true,
  locationTimeoutMs: true,
  headers: true,
  timeoutMs: true,
  interceptors: true,
  maxReceiveMessageBytes: true,
  maxInflatedBytes: true,
  flowControlWindowBytes: true,
  maxUnreadBytes: true,
  maxFrameBytes: true,
  maxHeaderListBytes: true,
  maxHeaderFields: true,
  keepaliveTimeMs: true,
  keepaliveTimeoutMs: true,
  maxConnections: true,
  maxConcurrentCalls: true,
  maxCallsPerConnection: true,
  maxCallsPerPeer: true,
  maxConcurrentStreams: true,
  handshakeTimeoutMs: true,
  sendStallTimeoutMs: true,
  maxConnectionIdleMs: true,
  maxConnectionAgeMs: true,
  maxConnectionAgeGraceMs: true,
  onError: true,
  services: true,
  reflection: true,
  requestTimeoutMs: true,
  receiveStallTimeoutMs: true,
  transport: true,
  hostname: true,
  port: true,
  path: true,
  tls: true,
  web: true,
  publicLocation: true,
  signal: true,
  shutdownOnSignals: true,
  shutdownTimeoutMs: true,
  connectTimeoutMs: true,
  connections: true,
} as const;

/**
 * Refuses options by names that there are not: to ignore them would change what a program does. The compiler finds
 * them only in a literal, and in JavaScript there is none.
 *
 * @param options The options; names with the value `undefined` do not count.
 * @param names All names.
 * @param prefix Beginning of the names in errors, such as `tls.`.
 * @param guesses The options that are meant, by likely wrong names: those of other libraries and of other functions.
 * @throws {TypeError} When there is another name.
 */
export function knownOptions(
  options: object,
  names: Readonly<Record<string, unknown>>,
  prefix = "",
  guesses: Readonly<Record<string, string>> = {},
): void {
  for (const name of Object.keys(options)) {
    if (
      Object.hasOwn(names, name) ||
      (options as Record<string, unknown>)[name] === undefined
    ) continue;
    if ("side" in options && "messages" in options) {
      throw new TypeError(
        "Cannot use a call as options: an interceptor is what the function " +
          "returns, as in clientCookies()",
      );
    }
    throw new TypeError(
      `Cannot use option ${prefix}${name.slice(0, MAX_NAME)}: there is none` +
        hintFor(name, names, prefix, guesses),
    );
  }
}

function hintFor(
  name: string,
  names: Readonly<Record<string, unknown>>,
  prefix: string,
  guesses: Readonly<Record<string, string>>,
): string {
  if (Object.hasOwn(guesses, name)) {
    return `; use ${prefix}${guesses[name]}`;
  }
  const all = Object.keys(names);
  const nearest = nearestName(name, all);
  if (nearest !== undefined) return `; did you mean ${prefix}${nearest}?`;
  return all.length > MAX_LISTED ? "" : `; the names are ${all.join(", ")}`;
}

/** Most names that are listed where none is near. */
const MAX_LISTED = 20;

/** Most characters of a name that are shown, and compared. */
const MAX_NAME = 40;

/** Returns the name that is nearest to a wrong one; undefined if none is near. */
function nearestName(
  wrong: string,
  names: readonly string[],
): string | undefined {
  const letters = wrong.slice(0, MAX_NAME).toLowerCase();
  let nearest: string | undefined;
  let least = 1 + Math.max(2, Math.floor(letters.length / 3));
  for (const name of names) {
    const other = name.toLowerCase();
    // A unit is often forgotten, as in `timeout`.
    const distance = other.startsWith(letters) ? 1 : distanceOf(letters, other);
    if (distance < least) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

/** Number of characters to add, leave out or replace (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, replaced));
    }
    row = next;
  }
  return row[b.length]!;
}

/**
 * Refuses an option that has no effect without another one.
 *
 * @param options The options.
 * @param name The option.
 * @param needed The other one.
 * @throws {TypeError} When only the first one is given.
 */
export function dependentOption<O extends object>(
  options: O,
  name: keyof O & string,
  needed: keyof O & string,
): void {
  if (options[name] === undefined || options[needed] !== undefined) return;
  throw new TypeError(
    `Cannot use option ${name}: it has no effect without the option ${needed}`,
  );
}

/**
 * Refuses an option that contradicts another one.
 *
 * @param options The options.
 * @param name The option.
 * @param others The others.
 * @param why What the contradiction is.
 * @throws {TypeError} When both are given.
 */
export function contraryOption<O extends object>(
  options: O,
  name: keyof O & string,
  others: readonly (keyof O & string)[],
  why: string,
): void {
  if (options[name] === undefined) return;
  const other = others.find((other) => options[other] !== undefined);
  if (other === undefined) return;
  throw new TypeError(
    `Cannot use option ${name} together with ${other}: ${why}`,
  );
}

/**
 * Refuses options that a transport does not have.
 *
 * @param options The options.
 * @param names The names of those options.
 * @param transport Name of the transport.
 * @throws {TypeError} When one of them is given.
 */
export function absentOptions<O extends object>(
  options: O,
  names: readonly (keyof O & string)[],
  transport: string,
): void {
  const name = names.find((name) => options[name] !== undefined);
  if (name === undefined) return;
  throw new TypeError(
    `Cannot use option ${name}: the transport ${transport} does not have it`,
  );
}
