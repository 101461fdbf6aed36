/**
 * The command lines of integration_server.ts and integration_client.ts: those
 * of the testers that Arrow's runner starts, and the transport.
 *
 * @module
 */
import process from "node:process";
import { parseArgs } from "node:util";
import type { FlightTransport } from "../../../transport.ts";
import { transportNamed } from "../../support/transport_named.ts";

/** A name of each option, and whether it must be there. */
type OptionNames = Readonly<Record<string, "required" | "optional">>;

/** The values: text where the option is required. */
type OptionValues<T extends OptionNames> = {
  readonly [Name in keyof T]: T[Name] extends "required" ? string
    : string | undefined;
};

/**
 * Reads `--name=value` and `--name value`.
 *
 * @throws {TypeError} When there is anything else, or something is missing.
 */
export function integrationOptions<const T extends OptionNames>(
  names: T,
): OptionValues<T> {
  const { values } = parseArgs({
    args: process.argv.slice(2),
    options: Object.fromEntries(
      Object.keys(names).map((name) => [name, { type: "string" }]),
    ),
  });
  for (const [name, need] of Object.entries(names)) {
    if (need === "required" && values[name] === undefined) {
      throw new TypeError(`option --${name} is missing`);
    }
  }
  return values as OptionValues<T>;
}

/**
 * The transport of the option of that name.
 *
 * @throws {TypeError} When no transport has that name.
 */
export function transportOf(
  { transport }: { readonly transport: string | undefined },
): { readonly transport: FlightTransport | undefined } {
  return { transport: transportNamed(transport) };
}
