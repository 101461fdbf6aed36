/**
 * A server with slow calls, until it is ended. The argument is a JSON object of
 * options; prints its location on the first line, and the reason for which a
 * call was canceled on the next.
 *
 * @module
 */
import process from "node:process";
import { FlightError, serve } from "@contrail/flight/server";
import { tableFromArrays } from "apache-arrow";
import { transportNamed } from "../support/transport_named.ts";

const { transport, ...options } = JSON.parse(process.argv[2] ?? "{}");
const table = tableFromArrays({ n: new Float64Array(65_536) });

const server = await serve({
  *doGet() {
    for (let i = 0; i < 128; i++) yield table;
  },
  doExchange: (input) => input,
  async doAction(_action, { signal, sendHeaders }) {
    sendHeaders();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    if (FlightError.is(signal.reason)) console.log(signal.reason.code);
    return [];
  },
  listActions: () => [],
}, { ...options, transport: transportNamed(transport) });
console.log(server.location.uri);
