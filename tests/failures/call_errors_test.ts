/** One call fails with one error, in all of its promises. */

import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  FlightError,
  type FlightErrorCode,
  FlightHeaders,
  type FlightStream,
  pathDescriptor,
} from "@contrail/flight";
import type { RecordBatch } from "apache-arrow";
import { aborted, turns } from "../support/events.ts";
import { filled, numbers } from "../support/numbers.ts";
import { rejection } from "../support/rejections.ts";
import { callTest as rpcTest, type Connected } from "../support/transports.ts";

const HERE = pathDescriptor("here");

/** Data without end, which a service that does not read it holds back. */
function* endless(): Generator<RecordBatch> {
  while (true) yield filled(1 << 14, 1);
}

/** Everything that can be written to, each with what rejects when its call fails. */
const WAYS: Readonly<
  Record<string, (peer: Connected) => Record<string, Promise<unknown>>>
> = {
  "doPut, getWriter()"({ client }) {
    const upload = client.doPut(HERE);
    const writer = upload.writable.getWriter();
    return {
      write: writeUntilItFails((batch) => writer.write(batch)),
      closed: writer.closed,
      results: Array.fromAsync(upload.results),
    };
  },
  "doPut, writer()"({ client }) {
    const upload = client.doPut(HERE);
    const writer = upload.writer();
    const write = writeUntilItFails((batch) => writer.write(batch));
    return {
      write,
      "write after it": write.catch(() => writer.write(numbers(1))),
      "close after it": write.catch(() => writer.close()),
      results: Array.fromAsync(upload.results),
    };
  },
  "doPut, pipeTo()"({ client }) {
    const upload = client.doPut(HERE);
    return {
      pipeTo: ReadableStream.from(endless()).pipeTo(upload.writable),
      results: Array.fromAsync(upload.results),
    };
  },
  "doPut, writeAll()"({ client }) {
    const upload = client.doPut(HERE);
    return {
      writeAll: upload.writeAll(endless()),
    };
  },
  "doExchange"({ client }) {
    const exchange = client.doExchange(HERE);
    const writer = exchange.writable.getWriter();
    return {
      write: writeUntilItFails((batch) => writer.write(batch)),
      closed: writer.closed,
      read: Array.fromAsync(exchange.readable),
      trailers: exchange.readable.trailers,
    };
  },
  "doExchange, pipeTo()"({ client }) {
    const exchange = client.doExchange(HERE);
    return {
      pipeTo: ReadableStream.from(endless()).pipeTo(exchange.writable),
      read: Array.fromAsync(exchange.readable),
      schema: exchange.readable.schema,
    };
  },
  "a write that nobody reads for"({ client }) {
    const writer = client.doPut(HERE).writer();
    return { write: writeUntilItFails((batch) => writer.write(batch)) };
  },
};

async function writeUntilItFails(
  write: (batch: RecordBatch) => Promise<void>,
): Promise<void> {
  for (const batch of endless()) await write(batch);
}

/** Error that a client must see in each of its promises. */
interface Expected {
  readonly code: FlightErrorCode;
  readonly details: string;
  readonly extraInfo?: Uint8Array;
}

/** Errors of a service. */
const ERRORS: readonly (readonly [FlightError, Expected])[] = [
  [
    new FlightError("PERMISSION_DENIED", "row 17", {
      extraInfo: Uint8Array.of(1, 2),
    }),
    {
      code: "PERMISSION_DENIED",
      details: "row 17",
      extraInfo: Uint8Array.of(1, 2),
    },
  ],
  [
    // As pyarrow answers.
    new FlightError(
      "UNKNOWN",
      'no such key. Detail: Python exception: File "/srv/app.py"',
      {
        trailers: new FlightHeaders({
          "x-arrow-status": "2",
          "x-arrow-status-message-bin": toBytes("no such key"),
        }),
      },
    ),
    { code: "NOT_FOUND", details: "no such key" },
  ],
  // Names that every object has are no codes.
  ...["constructor", "__proto__", "toString"].map((status) =>
    [
      new FlightError("UNKNOWN", "odd", {
        trailers: new FlightHeaders({ "x-arrow-status": status }),
      }),
      { code: "UNKNOWN", details: "odd" },
    ] as const
  ),
];

function toBytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

rpcTest("a call fails with one error, whatever rejects", async (connectTo) => {
  for (const [error, expected] of ERRORS) {
    for (const when of ["at once", "after two batches"]) {
      const fail = async (input: FlightStream): Promise<never> => {
        let n = 0;
        if (when !== "at once") {
          for await (const _ of input) if (++n === 2) break;
        }
        throw error;
      };
      await using peer = await connectTo({ doPut: fail, doExchange: fail }, {
        smallWindows: true,
      });
      for (const [way, run] of Object.entries(WAYS)) {
        const promises = run(peer);
        const errors = await Promise.all(
          Object.values(promises).map((promise) => rejection(promise)),
        );
        const [first] = errors;
        assert(FlightError.is(first), `${way}, ${when}: ${first}`);
        assertEquals([first.code, first.details, first.extraInfo], [
          expected.code,
          expected.details,
          expected.extraInfo,
        ], `${way}, ${when}`);
        assertEquals(
          [first.method, first.origin],
          [way.startsWith("doExchange") ? "DoExchange" : "DoPut", "remote"],
        );
        for (const [index, other] of errors.entries()) {
          assertStrictEquals(
            other,
            first,
            `${way}, ${when}: ${
              Object.keys(promises)[index]
            } has another error`,
          );
        }
      }
    }
  }
}, { overHttp: false });

rpcTest(
  "an aborted call rejects everything with the reason of its signal",
  async (connectTo) => {
    await using peer = await connectTo({
      doPut: (_, { signal }) => aborted(signal).then(() => {}),
    });
    const abort = new AbortController();
    const reason = new Error("enough");
    const upload = peer.client.doPut(HERE, { signal: abort.signal });
    const writer = upload.writable.getWriter();
    const write = writeUntilItFails((batch) => writer.write(batch));
    const results = Array.fromAsync(upload.results);
    await turns(2);
    abort.abort(reason);
    for (const promise of [write, results, writer.closed]) {
      assertStrictEquals(await rejection(promise), reason);
    }
  },
);

rpcTest(
  "a call without a server rejects its headers alike",
  async (connectTo) => {
    await using peer = await connectTo({});
    const upload = peer.client.doPut(HERE);
    const writer = upload.writable.getWriter();
    const errors = await Promise.all([
      rejection(writeUntilItFails((batch) => writer.write(batch))),
      rejection(Array.fromAsync(upload.results)),
      upload.headers.then(() => undefined, (error) => error),
    ]);
    assertStrictEquals(errors[0], errors[1]);
    // The headers may have come before the failure.
    assert(errors[2] === undefined || errors[2] === errors[0]);
  },
);
