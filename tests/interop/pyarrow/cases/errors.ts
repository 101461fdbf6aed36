/**
 * Failures of pyarrow's server, as they arrive: codes, details, extra
 * information.
 *
 * @module
 */
import {
  FlightError,
  type FlightErrorCode,
  pathDescriptor,
} from "../../../../mod.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bigBatch, checkBigBatch } from "../../load/big_stream.ts";
import {
  act,
  bytes,
  type CaseContext,
  type Cases,
  collect,
  event,
  remoteError,
  text,
  ticket,
} from "./case.ts";

/** Exceptions of Python programs, by the name that pyarrow_server.py knows. */
const CODES: Readonly<Record<string, FlightErrorCode>> = {
  INTERNAL: "INTERNAL",
  DEADLINE_EXCEEDED: "DEADLINE_EXCEEDED",
  CANCELLED: "CANCELLED",
  UNAUTHENTICATED: "UNAUTHENTICATED",
  PERMISSION_DENIED: "PERMISSION_DENIED",
  UNAVAILABLE: "UNAVAILABLE",
  UNKNOWN: "UNKNOWN",
  NOT_FOUND: "NOT_FOUND",
  INVALID_ARGUMENT: "INVALID_ARGUMENT",
  UNIMPLEMENTED: "UNIMPLEMENTED",
  OUT_OF_RANGE: "OUT_OF_RANGE",
  ValueError: "INVALID_ARGUMENT",
  ArrowKeyError: "NOT_FOUND",
  MemoryError: "RESOURCE_EXHAUSTED",
  // Not among the exceptions that pyarrow translates.
  ArrowCapacityError: "UNKNOWN",
  RuntimeError: "UNKNOWN",
  TypeError: "UNKNOWN",
};

/** The cases. */
export const ERROR_CASES: Cases = {
  ...Object.fromEntries(
    Object.entries(CODES).map(([name, code]) => [
      `error ${name}`,
      (context: CaseContext) => fails(context, name, code),
    ]),
  ),
  "error extra info": async ({ client }) => {
    const body = JSON.stringify(["UNAVAILABLE", "later", "retry: 5\u0000"]);
    const error = await remoteError(act(client, "fail", body), "UNAVAILABLE");
    assertEquals(text(error.extraInfo), "retry: 5\u0000");
    const reading = collect(client.doGet(ticket("fail", ...JSON.parse(body))));
    const again = await remoteError(reading, "UNAVAILABLE");
    assertEquals(text(again.extraInfo), "retry: 5\u0000");
  },
  "error with a long text": async ({ client }) => {
    // 8 KiB of headers is what gRPC allows, with all that goes with the text.
    const message = "ü".repeat(500);
    const body = JSON.stringify(["INTERNAL", message]);
    const error = await remoteError(act(client, "fail", body), "INTERNAL");
    assertEquals(error.details, message);
  },
  "error after batches": async ({ client }) => {
    const stream = client.doGet(
      ticket("fail after", 3, "UNAVAILABLE", "half way", "extra"),
    );
    const reader = stream.getReader();
    for (let index = 0; index < 3; index++) {
      checkBigBatch((await reader.read()).value!, index);
    }
    const error = await remoteError(reader.read(), "UNAVAILABLE", "half way");
    assertEquals(text(error.extraInfo), "extra");
    assertEquals(error.method, "DoGet");
  },
  "error after results": async ({ client }) => {
    const body = bytes(JSON.stringify([2, "UNAVAILABLE", "half way", "extra"]));
    const reader = client.doAction({ type: "fail after", body }).getReader();
    assertEquals(text((await reader.read()).value!.body), "0");
    assertEquals(text((await reader.read()).value!.body), "1");
    const error = await remoteError(reader.read(), "UNAVAILABLE", "half way");
    assertEquals(text(error.extraInfo), "extra");
  },
  "error in an upload": async ({ client }) => {
    const upload = client.doPut(
      pathDescriptor("fail after", "2", "UNAVAILABLE", "full", "disk 7"),
    );
    const writer = upload.writable.getWriter();
    const reader = upload.results.getReader();
    for (const index of [0, 1]) {
      await writer.write({
        batch: bigBatch(index),
        appMetadata: bytes(`${index}`),
      });
      assertEquals(text((await reader.read()).value!.appMetadata), `${index}`);
    }
    const error = await remoteError(reader.read(), "UNAVAILABLE", "full");
    assertEquals(text(error.extraInfo), "disk 7");
    const late = await writer.write(bigBatch(2)).catch((error) => error);
    assert(FlightError.is(late), String(late));
  },
  "error in an exchange": async ({ client }) => {
    const exchange = client.doExchange(
      pathDescriptor("fail after", "1", "PERMISSION_DENIED", "no", "why"),
    );
    const writer = exchange.writable.getWriter();
    writer.write(bigBatch(0)).catch(() => {});
    const error = await remoteError(
      collect(exchange.readable),
      "PERMISSION_DENIED",
      "no",
    );
    assertEquals(text(error.extraInfo), "why");
  },
  "deadline": async ({ client, id }) => {
    const error = await collect(
      client.doAction({ type: "hang", body: bytes(id) }, { timeoutMs: 300 }),
    ).catch((error) => error);
    assert(FlightError.is(error), String(error));
    assertEquals(error.code, "DEADLINE_EXCEEDED");
    assertEquals(await event(client, id), "cancelled");
  },
  "deadline of a stream": async ({ client, id }) => {
    let batches = 0;
    const error = await (async () => {
      const stream = client.doGet(ticket("endless", id), { timeoutMs: 1000 });
      for await (const batch of stream) checkBigBatch(batch, batches++);
    })().catch((error) => error);
    assert(FlightError.is(error), String(error));
    assertEquals(error.code, "DEADLINE_EXCEEDED");
    assert(batches > 0);
    assertEquals(await event(client, id), "stopped");
  },
  "server gone": async ({ connect, client, id }) => {
    const stream = client.doGet(ticket("endless", id));
    const reader = stream.getReader();
    await reader.read();
    await using other = connect({});
    // It ends its process; that call fails as well.
    await act(other, "exit").catch(() => {});
    const error = await (async () => {
      while (!(await reader.read()).done);
    })().catch((error) => error);
    assert(FlightError.is(error), String(error));
    assertEquals(
      [error.code, error.origin],
      ["UNAVAILABLE", "transport"],
      error.message,
    );
    const next = await act(client, "echo").catch((error) => error);
    assert(FlightError.is(next), String(next));
    assertEquals(next.code, "UNAVAILABLE");
    assertStringIncludes(next.message, "cannot connect");
  },
};

async function fails(
  { client }: CaseContext,
  name: string,
  code: FlightErrorCode,
): Promise<void> {
  const details = 'näh: 100 % "no"\nsecond line';
  const body = JSON.stringify([name, details]);
  const error = await remoteError(act(client, "fail", body), code);
  assertStringIncludes(error.details, "100 %");
  assertEquals(error.method, "DoAction");
}
