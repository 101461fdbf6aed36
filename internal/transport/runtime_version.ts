/**
 * Oldest runtimes on which calls over a network work: with older ones they hang
 * without an error.
 */

import { FlightError } from "../core/flight_error.ts";

/** Oldest versions whose sockets work. */
const NEEDED: Readonly<
  Record<string, readonly [major: number, minor: number]>
> = {
  // Before, accepted sockets of a server deliver nothing.
  Deno: [2, 8],
  // Before, TLS does not find the issuer of a certificate.
  Bun: [1, 4],
};

/** A runtime and its version, such as `2.9.6`. */
interface RuntimeVersion {
  /** `Deno` or `Bun`; other names are not checked. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
}

/** Returns the runtime of this process; `undefined` for an unknown one. */
export function runtimeVersion(): RuntimeVersion | undefined {
  const { Deno, Bun } = globalThis as {
    Deno?: { readonly version?: { readonly deno?: string } };
    Bun?: { readonly version?: string };
  };
  const version = Deno?.version?.deno ?? Bun?.version;
  return version === undefined
    ? undefined
    : { name: Deno === undefined ? "Bun" : "Deno", version };
}

/**
 * Checks that the runtime is not too old for calls over a network.
 *
 * @param runtime The runtime; the one of this process by default.
 * @throws {FlightError} FAILED_PRECONDITION when it is.
 */
export function checkRuntime(
  runtime: RuntimeVersion | undefined = runtimeVersion(),
): void {
  const needed = runtime && NEEDED[runtime.name];
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(runtime?.version ?? "") ?? [];
  // A version in another form may be anything.
  if (!needed || major === undefined || minor === undefined) return;
  const [neededMajor, neededMinor] = needed;
  if (
    Number(major) > neededMajor ||
    (Number(major) === neededMajor && Number(minor) >= neededMinor)
  ) return;
  throw new FlightError(
    "FAILED_PRECONDITION",
    `this is ${runtime!.name} ${
      runtime!.version
    }, whose sockets cannot carry ` +
      `calls: version ${neededMajor}.${neededMinor} or later is needed`,
  );
}
