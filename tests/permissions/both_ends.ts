/**
 * A server and a client of it: prints the rows that the client has read, or the
 * error of the call. The argument is a JSON object of options for both, in which
 * transports are named.
 *
 * @module
 */
import process from "node:process";
import { connect, FlightError, serve } from "@contrail/flight";
import { tableFromArrays } from "apache-arrow";
import { transportNamed } from "../support/transport_named.ts";

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });
const options = JSON.parse(process.argv[2] ?? "{}");

function withTransport(
  { transport, ...options }: { readonly transport?: string } = {},
) {
  return { ...options, transport: transportNamed(transport) };
}

try {
  await using server = await serve(
    { doGet: () => table },
    withTransport(options.server),
  );
  await using client = connect(server.location, withTransport(options.client));
  console.log((await client.doGet("any").table()).numRows);
} catch (error) {
  if (!FlightError.is(error)) throw error;
  console.log(error.message);
}
