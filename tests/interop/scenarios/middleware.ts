/**
 * `middleware`: a header that goes to the server and comes back, also when the
 * call fails.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { Schema } from "apache-arrow";
import {
  commandDescriptor,
  FlightError,
  type FlightHeaders,
} from "../../../mod.ts";
import { callHooks, type FlightInterceptor } from "../../../middleware.ts";
import { type Scenario, text } from "./scenario.ts";

const HEADER = "x-middleware";
const VALUE = "expected value";

/** Sends back what came. */
const echo: FlightInterceptor = (call, next) => {
  if (call.side === "server") {
    call.responseHeaders.set(HEADER, call.headers.get(HEADER) ?? "");
  }
  return next(call);
};

/** The scenario. */
export const MIDDLEWARE: Scenario = {
  service: () => ({
    getFlightInfo(descriptor) {
      if (descriptor.type !== "CMD" || text(descriptor.cmd) !== "success") {
        throw new FlightError("UNKNOWN", "Unknown");
      }
      return {
        schema: new Schema([]),
        descriptor,
        endpoints: [{
          ticket: "foo",
          locations: ["grpc+tcp://localhost:10010"],
        }],
      };
    },
  }),
  serveOptions: { interceptors: [echo] },
  async run({ connect }) {
    let received: string | undefined;
    // C++ sends it twice, and node:http2 joins the two.
    const receive = (headers: FlightHeaders): void => {
      received ??= headers.get(HEADER)?.split(", ")[0];
    };
    await using client = connect({
      headers: { [HEADER]: VALUE },
      interceptors: [callHooks(() => ({
        onHeaders: receive,
        // Those of a call that fails may come with its status.
        onCompleted: ({ trailers }) => receive(trailers),
      }))],
    });
    await assertRejects(
      () => client.getFlightInfo(commandDescriptor("")),
      FlightError,
    );
    assertEquals(received, VALUE);
    received = undefined;
    await client.getFlightInfo(commandDescriptor("success"));
    assertEquals(received, VALUE);
  },
};
