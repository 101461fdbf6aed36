/**
 * The ways to read the flight of `web_server.ts`, on runtimes and in a page.
 *
 * @module
 */
import type { FlightClient } from "@contrail/flight/web";

/** The ways: plain `fetch`, the transport on it, and gRPC. */
export type WebWay = "fetch" | "web" | "http2";

/** Figures of a way in one round. */
export interface WebReading {
  /** MiB of data in a second. */
  readonly mibPerSecond: number;
  /** Processor time of the client for a GiB, in seconds. */
  readonly clientSeconds: number;
  /** The same of the server. */
  readonly serverSeconds: number;
}

/** The figures of a round. Browsers have no gRPC. */
export type WebRound =
  & Readonly<Record<"fetch" | "web", WebReading>>
  & { readonly http2?: WebReading };

/** Reads a body by `fetch`; returns its bytes. */
export async function readPlain(url: string): Promise<number> {
  const reader = (await fetch(url)).body!.getReader();
  let bytes = 0;
  while (true) {
    const { done, value } = await reader.read();
    if (done) return bytes;
    bytes += value.byteLength;
  }
}

/** Reads the flight; returns the bytes of its data. */
export async function readFlight(
  client: Pick<FlightClient, "doGet">,
): Promise<number> {
  let bytes = 0;
  for await (const batch of client.doGet("all")) bytes += batch.data.byteLength;
  return bytes;
}
