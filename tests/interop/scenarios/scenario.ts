/**
 * A scenario of Arrow's integration tests: what the server answers, and what
 * the client does and expects.
 *
 * @module
 */
import type {
  ConnectOptions,
  FlightClient,
  FlightService,
  Location,
  LocationInit,
  ServeOptions,
} from "../../../mod.ts";

/** Context of the client of a scenario. */
export interface ScenarioClient {
  /** A client of the server. */
  readonly client: FlightClient;
  /** Makes one more client, of the same server by default. */
  connect(options?: ConnectOptions, location?: LocationInit): FlightClient;
}

/** A scenario. */
export interface Scenario {
  /**
   * Makes the service.
   *
   * @param location Gives the location of the server, once it listens.
   */
  service(location: () => Location): FlightService;
  /** Options of the server, in addition to its address. */
  readonly serveOptions?: ServeOptions;
  /** Throws unless everything is as it should be. */
  run(client: ScenarioClient): Promise<void>;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** UTF-8. */
export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

/** UTF-8; nothing stays nothing. */
export function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes && decoder.decode(bytes);
}
