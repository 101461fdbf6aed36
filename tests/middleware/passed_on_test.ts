/** What interceptors pass on: a part in a wrong form fails its own call by one error, and no other. */

import { FlightError, FlightHeaders, tableService } from "@contrail/flight";
import type { FlightClient } from "@contrail/flight/memory";
import type {
  FlightCall,
  FlightCallResponse,
  FlightInterceptor,
} from "@contrail/flight/middleware";
import { assertEquals, assertRejects } from "@std/assert";
import { tableFromArrays } from "apache-arrow";
import { type ConnectTo, interceptorTest } from "../support/transports.ts";

const table = tableFromArrays({ n: Int32Array.of(1, 2, 3) });

/** Calls with one answer, with a stream of them, and with a stream of requests. */
const CALLS: readonly ((client: FlightClient) => Promise<unknown>)[] = [
  (client) => client.getFlightInfo("t"),
  (client) => client.doGet("t").table(),
  (client) => client.doPut("copy", table),
];

/** Parts of a call, or of its answer, as a caller without a type checker may give them. */
type Parts = Readonly<Record<string, unknown>>;

/** An interceptor that spoils the first calls only. */
function spoiling(
  spoil: FlightInterceptor,
): { interceptor: FlightInterceptor; stop(): void } {
  let isSpoiling = true;
  return {
    interceptor: (call, next) => isSpoiling ? spoil(call, next) : next(call),
    stop: () => void (isSpoiling = false),
  };
}

const call = (parts: Parts): FlightInterceptor => (call, next) =>
  next({ ...call, ...parts } as FlightCall);

const answer = (parts: Parts): FlightInterceptor => (call, next) =>
  ({ ...next(call), ...parts }) as FlightCallResponse;

const WRONG: readonly (readonly [FlightInterceptor, text: string])[] = [
  [
    (_, next) => next(undefined as unknown as FlightCall),
    "pass on the call, as in next(call), not undefined",
  ],
  [call({ headers: "a" }), "neither pairs nor a record"],
  [call({ headers: { "a b": "c" } }), 'Cannot set header "a b"'],
  [call({ signal: undefined }), "pass on the signal, not undefined"],
  [call({ deadline: 5 }), "deadline as a valid Date, not number"],
  [call({ deadline: new Date(NaN) }), "deadline as a valid Date, not Date"],
  [call({ messages: [] }), "pass on messages, not an array"],
  [answer({ trailers: () => null }), "neither pairs nor a record"],
  [
    answer({ trailers: () => Promise.resolve(new FlightHeaders()) }),
    "pass on FlightHeaders, not a Promise (is an await missing?)",
  ],
  [
    answer({
      trailers() {
        throw new TypeError("no trailers");
      },
    }),
    "no trailers",
  ],
];

async function checkOthers(client: FlightClient): Promise<void> {
  assertEquals((await client.getTable("t")).numRows, 3);
}

interceptorTest(
  "interceptors: a client's that passes on a wrong part fails its call",
  async (connectTo) => {
    for (const [spoil, text] of WRONG) {
      const { interceptor, stop } = spoiling(spoil);
      await using peer = await connectTo(
        tableService({ t: table }, { put: true }),
        { clientInterceptors: [interceptor] },
      );
      for (const make of CALLS) {
        await assertRejects(() => make(peer.client), TypeError, text);
      }
      stop();
      await checkOthers(peer.client);
    }
  },
);

interceptorTest(
  "interceptors: a server's that passes on a wrong part fails its call",
  async (connectTo) => {
    for (const [spoil, text] of WRONG) {
      const { interceptor, stop } = spoiling(spoil);
      await using peer = await connectTo(
        tableService({ t: table }, { put: true }),
        { serverInterceptors: [interceptor] },
      );
      for (const make of CALLS) {
        const error = await assertRejects(
          () => make(peer.client),
          FlightError,
          "the service failed to handle the call",
        );
        assertEquals(error.code, "UNKNOWN");
        const texts = peer.errors.splice(0).map(String);
        assertEquals(texts.length, 1);
        assertEquals(texts[0]!.includes(text), true, texts[0]);
      }
      stop();
      await checkOthers(peer.client);
    }
  },
);

interceptorTest(
  "interceptors: headers and trailers may be what they are made of",
  async (connectTo) => {
    let seen: string | undefined;
    await using peer = await connectTo({
      doGet(_ticket, { headers }) {
        seen = headers.get("a");
        return table;
      },
    }, {
      clientInterceptors: [call({ headers: { a: "1" } })],
      serverInterceptors: [
        answer({
          headers: Promise.resolve({ b: "2" }),
          trailers: () => [["c", "3"]],
        }),
      ],
    });
    const stream = peer.client.doGet("t");
    assertEquals((await stream.table()).numRows, 3);
    assertEquals(seen, "1");
    assertEquals((await stream.headers).get("b"), "2");
    assertEquals((await stream.trailers).get("c"), "3");
  },
);

interceptorTest(
  "interceptors: a server's that leaves out all answers ends the call",
  async (connectTo: ConnectTo) => {
    const none = { read: () => Promise.resolve(undefined), cancel() {} };
    await using peer = await connectTo({
      *listFlights(_criteria, { responseHeaders }) {
        responseHeaders.set("a", "1");
        yield {};
      },
    }, { serverInterceptors: [answer({ messages: none })] });
    let headers: FlightHeaders | undefined;
    const onHeaders = (received: FlightHeaders) => void (headers = received);
    const flights = await Array.fromAsync(
      peer.client.listFlights({}, { onHeaders }),
    );
    assertEquals(flights, []);
    assertEquals(headers !== undefined, true);
  },
);

interceptorTest(
  "interceptors: a deadline that has passed ends a call before it is made",
  async (connectTo) => {
    let calls = 0;
    await using peer = await connectTo({
      doGet() {
        calls++;
        return table;
      },
    }, { clientInterceptors: [call({ deadline: new Date(1) })] });
    const error = await assertRejects(
      () => peer.client.doGet("t").table(),
      FlightError,
    );
    assertEquals([error.code, calls], ["DEADLINE_EXCEEDED", 0]);
  },
);

interceptorTest(
  "interceptors and handlers: a time limit beyond all Dates is a Date",
  async (connectTo) => {
    const deadlines: unknown[] = [];
    const look: FlightInterceptor = async ({ deadline, ...call }, next) => {
      deadlines.push(Number.isNaN(deadline?.getTime()));
      return await next({ ...call, deadline } as FlightCall);
    };
    await using peer = await connectTo({
      doGet(_ticket, { deadline }) {
        deadlines.push(Number.isNaN(deadline?.getTime()));
        return table;
      },
    }, { clientInterceptors: [look], serverInterceptors: [look] });
    for (const timeoutMs of [1e15, 1e20, Number.MAX_VALUE]) {
      const copy = await peer.client.doGet("t", { timeoutMs }).table();
      assertEquals(copy.numRows, 3);
    }
    assertEquals(deadlines, Array(9).fill(false));
  },
);
