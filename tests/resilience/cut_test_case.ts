/** Tests in which the network fails, and what they have in common. */

import { test } from "node:test";
import type { FlightTransport } from "@contrail/flight/transport";
import { TRANSPORTS } from "../support/transport_named.ts";

/** The transport that both ends of a test use. */
export interface CutOptions {
  readonly transport: FlightTransport | undefined;
}

/** Keepalive at times that a busy machine keeps, as long as the cable is there. */
export const KEEPALIVE = { keepaliveTimeMs: 100, keepaliveTimeoutMs: 1500 };

/** A test for each transport that goes over a network. */
export function cutTest(
  name: string,
  run: (options: CutOptions) => Promise<void>,
): void {
  for (const [transportName, transport] of TRANSPORTS) {
    test(
      `${name} (${transportName})`,
      { timeout: 120_000 },
      () => run({ transport }),
    );
  }
}
