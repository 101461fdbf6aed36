/**
 * A case of our client against pyarrow's server, and what most of them need.
 *
 * @module
 */
import {
  type ConnectOptions,
  type FlightClient,
  FlightError,
  type FlightErrorCode,
} from "../../../../mod.ts";
import { assert, assertEquals } from "@std/assert";
import type { DataFiles } from "../data_files.ts";

/** Context of a case. */
export interface CaseContext {
  /** A client of the server, with a connection for this case alone. */
  readonly client: FlightClient;
  /** Makes one more client of the same server. */
  connect(options: ConnectOptions): FlightClient;
  /** Makes a client of a server on another port. */
  connectTo(port: number, options: ConnectOptions): FlightClient;
  /** The data sets. */
  readonly files: DataFiles;
  /** Makes names of events differ from case to case. */
  readonly id: string;
}

/** The cases by name. */
export type Cases = Readonly<
  Record<string, (context: CaseContext) => Promise<void>>
>;

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

/** A ticket: a verb and its arguments. */
export function ticket(...parts: unknown[]): string {
  return JSON.stringify(parts);
}

/** Reads a stream to its end. */
export async function collect<T>(stream: ReadableStream<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of stream) values.push(value);
  return values;
}

/** The one result of an action, as text. */
export async function act(
  client: FlightClient,
  type: string,
  body = "",
): Promise<string | undefined> {
  const results = await collect(client.doAction({ type, body: bytes(body) }));
  assert(results.length <= 1, `${results.length} results`);
  return text(results[0]?.body);
}

/** Waits for an event on the server. */
export async function event(
  client: FlightClient,
  name: string,
): Promise<unknown> {
  return JSON.parse((await act(client, "wait", name))!);
}

/** The error that a call of the server must fail with. */
export async function remoteError(
  result: Promise<unknown>,
  code: FlightErrorCode,
  details?: string,
): Promise<FlightError> {
  const error = await result.then(
    (value) => {
      throw new Error(`no error, but ${JSON.stringify(value)}`);
    },
    (error) => error,
  );
  if (!FlightError.is(error)) throw error;
  assertEquals([error.code, error.origin], [code, "remote"], error.message);
  if (details !== undefined) assertEquals(error.details, details);
  return error;
}
