/**
 * The service for clients of gRPC-Web that are not ours: metadata both ways, errors with
 * details before and after the first message, and calls that wait to be canceled.
 *
 * @module
 */
import { FlightError, type FlightService } from "../../../mod.ts";
import { BIG_SCHEMA, bigBatch, checkBigBatch } from "../load/big_stream.ts";
import { BACKEND_SERVICE } from "../proxies/backend_service.ts";

/** The extra information of every error. */
export const EXTRA_INFO: Uint8Array = Uint8Array.of(0, 255, 10, 128);

/** The text of every error. */
export const ERROR_TEXT = "no such flight: naïve % 100";

// Not a promise: a Worker cannot wait in one request for what another one does.
let isCanceled = false;

function failure(): FlightError {
  return new FlightError("NOT_FOUND", ERROR_TEXT, { extraInfo: EXTRA_INFO });
}

/** The service. */
export const WEB_SERVICE: FlightService = {
  ...BACKEND_SERVICE,
  getFlightInfo(descriptor, { headers, responseHeaders, responseTrailers }) {
    if (descriptor.type === "PATH" && descriptor.path[0] === "fail") {
      throw failure();
    }
    responseHeaders.set("x-text", headers.get("x-text") ?? "none");
    const bytes = headers.getBinary("x-bytes-bin") ?? new Uint8Array();
    responseHeaders.set("x-bytes-bin", bytes);
    responseTrailers.set("x-trailer", "last");
    responseTrailers.set("x-trailer-bin", bytes.toReversed());
    return {
      schema: BIG_SCHEMA,
      descriptor,
      endpoints: [{ ticket: "2" }],
      totalRecords: 2n ** 53n + 1n,
    };
  },
  async *doGet(ticket, call) {
    const text = new TextDecoder().decode(ticket.ticket);
    if (text !== "fail") {
      yield* BACKEND_SERVICE.doGet!(ticket, call) as AsyncIterable<
        ReturnType<typeof bigBatch>
      >;
      return;
    }
    yield bigBatch(0);
    yield bigBatch(1);
    throw failure();
  },
  /** Answers at the end, and not before. */
  async *doPut(upload) {
    let count = 0;
    for await (const batch of upload) checkBigBatch(batch, count++);
    yield { appMetadata: new TextEncoder().encode(String(count)) };
  },
  async *doAction(action, call) {
    if (action.type === "wait" || action.type === "tick") {
      isCanceled = false;
      const aborted = new Promise<void>((resolve) =>
        call.signal.addEventListener("abort", () => {
          // At once: a Worker may end with its request.
          isCanceled = true;
          resolve();
        }, { once: true })
      );
      yield { body: new Uint8Array() };
      while (action.type === "tick" && !isCanceled) {
        await new Promise((next) => setTimeout(next, 50));
        yield { body: new Uint8Array() };
      }
      await aborted;
    } else if (action.type === "canceled") {
      while (!isCanceled) await new Promise((next) => setTimeout(next, 10));
      yield { body: new Uint8Array() };
    } else if (action.type === "never") {
      await new Promise((resolve) =>
        call.signal.addEventListener("abort", resolve, { once: true })
      );
    } else {
      yield* BACKEND_SERVICE.doAction!(action, call) as AsyncIterable<
        { body: Uint8Array }
      >;
    }
  },
};
