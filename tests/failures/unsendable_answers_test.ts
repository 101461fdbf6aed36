/** Answers of a service that cannot be sent: its own fault, and its operator gets the details. */

import { test } from "node:test";
import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  connect,
  type FlightClient,
  FlightError,
  FlightHeaders,
  type FlightService,
  pathDescriptor,
  serve,
} from "@contrail/flight";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import {
  Dictionary,
  Int32,
  RecordBatchReader,
  Table,
  tableFromArrays,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { assertFlightError } from "../support/rejections.ts";
import { event, turns } from "../support/events.ts";
import { filled, numbers } from "../support/numbers.ts";
import {
  callTest as rpcTest,
  type ConnectedOptions,
} from "../support/transports.ts";
import { TRANSPORTS } from "../support/transport_named.ts";

const HERE = pathDescriptor("here");
const words = tableFromArrays({ word: ["a", "b"] });
const none = tableFromArrays({ word: [] as string[] });

const STRINGS = new Dictionary(new Utf8(), new Int32());
const NUMBERS_BY_INDEX = new Dictionary(new Int32(), new Int32());

/** A service with one mistake. */
interface Mistake {
  /** Description of the fault. */
  readonly name: string;
  // deno-lint-ignore no-explicit-any -- what the types forbid
  readonly service: any;
  /** The call that meets it. */
  readonly call: (client: FlightClient) => Promise<unknown>;
  /** Error that the operator reads. */
  readonly reported: RegExp;
  /** Text that the client reads after the fixed text. */
  readonly visible?: RegExp;
  readonly options?: ConnectedOptions;
}

const get = (client: FlightClient) => client.doGet("t").table();
const put = (client: FlightClient) => client.doPut(HERE).writeAll([numbers(1)]);
const exchange = (client: FlightClient) =>
  Array.fromAsync(client.doExchange(HERE).readable);
const act = (client: FlightClient) => Array.fromAsync(client.doAction("a"));
const UNLIKE =
  /field 0 of the batch is "word: Null", but the schema of the stream has "word: Dictionary<Int32, Utf8>"/;
const ITERABLE =
  "as a ReadableStream, an AsyncIterable or an Iterable, or nothing, not";

/** A stream that fails at once, or has nothing. */
function streamOf([error]: readonly Error[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => error ? controller.error(error) : controller.close(),
  }, { highWaterMark: 0 });
}

/** Lists of a method: a value that is no list, and an item of the wrong type. */
function lists(
  method: string,
  what: string,
  call: Mistake["call"],
): Mistake[] {
  const values: readonly [name: string, value: unknown, shown: string][] = [
    ["a number", 42, "number"],
    ["a string", "text", "string"],
    ["bytes", Uint8Array.of(1), "Uint8Array"],
    ["an object", { body: Uint8Array.of(1) }, "Object"],
  ];
  return [
    ...values.map(([name, value, shown]): Mistake => ({
      name: `${method} returns ${name}`,
      service: { [method]: () => value },
      call,
      reported: new RegExp(
        `^AnswerError: ${method} gave what cannot be sent: it must return ${what}, ${ITERABLE} ${shown} \\(one alone is in an array\\)$`,
      ),
    })),
    ...[42, null, "text"].map((item): Mistake => ({
      name: `${method} gives ${item}`,
      service: { [method]: () => [item] },
      call,
      reported: new RegExp(
        `^AnswerError: ${method} gave what cannot be sent: .*must be`,
      ),
    })),
  ];
}

const MISTAKES: readonly Mistake[] = [
  {
    name: "doGet gives another schema in its second batch",
    service: {
      *doGet() {
        yield words;
        yield none;
      },
    },
    call: get,
    reported: UNLIKE,
    visible: UNLIKE,
  },
  {
    name: "doExchange gives another schema in its second batch",
    service: { doExchange: () => [words, none] },
    call: exchange,
    reported: UNLIKE,
    visible: UNLIKE,
  },
  {
    name: "doGet gives another type in a dictionary",
    service: {
      doGet: () => [
        new Table({ n: vectorFromArray(["a"], STRINGS) }),
        new Table({ n: vectorFromArray([1], NUMBERS_BY_INDEX) }),
      ],
    },
    call: get,
    reported: /Dictionary<Int32, Int32>.*Dictionary<Int32, Utf8>/,
    visible: /Dictionary<Int32, Int32>/,
  },
  {
    name: "doGet gives a message beyond maxSendMessageBytes",
    service: { doGet: () => [numbers(1), filled(1000, 7)] },
    call: get,
    options: { maxSendMessageBytes: 1000 },
    reported: /maxSendMessageBytes is 1000/,
    visible: /maxSendMessageBytes is 1000/,
  },
  {
    name: "doGet mixes batches and FlightData",
    service: {
      doGet: () => [
        numbers(1),
        { dataHeader: Uint8Array.of(1), dataBody: new Uint8Array() },
      ],
    },
    call: get,
    reported: /cannot be sent: RecordBatches and FlightData in one stream/,
  },
  ...[42, "text", null, { batch: 1 }, Promise.resolve(1)].map((
    item,
  ): Mistake => ({
    name: `doGet gives ${item}`,
    service: {
      doGet: () =>
        (async function* () {
          yield numbers(1);
          await turns(1);
          yield [item];
        })(),
    },
    call: get,
    reported:
      /^AnswerError: doGet gave what cannot be sent: it must consist of RecordBatches, .*, not of an array$/,
  })),
  ...[42, "text", true, {}, new Date(0)].map((value): Mistake => ({
    name: `doGet returns ${value}`,
    service: { doGet: () => value, doExchange: () => value },
    call: get,
    reported:
      /^AnswerError: doGet gave what cannot be sent: it must be a Table, .*, not (number|string|boolean|Object|Date)$/,
  })),
  ...[[], [new Error("the file is gone")]].map((parts): Mistake => ({
    name: `doGet returns a reader of ${parts[0] ?? "nothing"}`,
    service: { doGet: () => RecordBatchReader.from(streamOf(parts)) },
    call: get,
    reported:
      /^AnswerError: doGet gave what cannot be sent: the RecordBatchReader has no schema; its source is empty, or has failed$/,
  })),
  {
    name: "doExchange returns a number",
    service: { doExchange: () => 42 },
    call: exchange,
    reported: /^AnswerError: doExchange gave .*, not number$/,
  },
  ...lists("doPut", "PutResults", put),
  ...lists("doAction", "Results", act),
  ...lists(
    "listFlights",
    "FlightInfos",
    (client) => Array.fromAsync(client.listFlights()),
  ),
  ...lists(
    "listActions",
    "ActionTypes",
    (client) => Array.fromAsync(client.listActions()),
  ),
  ...lists(
    "handshake",
    "HandshakeResponses",
    (client) => Array.fromAsync(client.handshake().readable),
  ),
  {
    name: "a PutResult has a number",
    service: { doPut: () => [{ appMetadata: 5 as never }] },
    call: put,
    reported:
      /PutResult\.appMetadata must be a Uint8Array or a string, not number/,
  },
  ...["getFlightInfo", "pollFlightInfo", "getSchema"].flatMap((method) =>
    [42, "text", { schema: 1, info: 1 }, Promise.resolve(true)].map((
      value,
    ): Mistake => ({
      name: `${method} returns ${value}`,
      service: { [method]: () => value },
      call: (client) =>
        client[method as "getFlightInfo"](HERE) as Promise<unknown>,
      reported: new RegExp(
        `^AnswerError: ${method} gave what cannot be sent: .*must be`,
      ),
    }))
  ),
  {
    name: "closeSession returns a text",
    service: { closeSession: () => "gone" },
    call: (client) => client.closeSession(),
    reported: /^AnswerError: closeSession gave what cannot be sent: /,
  },
  {
    name: "getSessionOptions returns a number",
    service: { getSessionOptions: () => 42 },
    call: (client) => client.getSessionOptions(),
    reported: /^AnswerError: getSessionOptions gave what cannot be sent: /,
  },
];

rpcTest(
  "unsendable answers: what a service gives and cannot be sent is INTERNAL, and reported once",
  async (connectTo) => {
    for (
      const { name, service, call, reported, visible, options } of MISTAKES
    ) {
      await using peer = await connectTo(service as FlightService, options);
      const error = await assertFlightError(call(peer.client), "INTERNAL");
      const text = "the answer of the service cannot be sent";
      if (visible === undefined) assertEquals(error.details, text, name);
      else {
        assert(error.details.startsWith(`${text}: `), name);
        assertMatch(error.details, visible, name);
      }
      assertEquals(peer.errors.length, 1, `${name}: ${peer.errors}`);
      assertMatch(String(peer.errors[0]), reported, name);
    }
  },
);

rpcTest(
  "unsendable answers: a source that fails in mid-stream is INTERNAL, and reported once",
  async (connectTo) => {
    const secret = new Error("/etc/passwd is gone");
    const stream = () => {
      let n = 0;
      return new ReadableStream({
        async pull(controller) {
          await turns(1);
          if (n++ < 2) controller.enqueue(numbers(n));
          else controller.error(secret);
        },
      });
    };
    await using peer = await connectTo({
      doGet: stream,
      doExchange: stream,
      async *doAction() {
        yield { body: new Uint8Array() };
        await turns(1);
        throw secret;
      },
    });
    for (const call of [get, exchange, act]) {
      const error = await assertFlightError(call(peer.client), "INTERNAL");
      assertEquals(
        error.details,
        "the service failed in the middle of its answer",
      );
      assertEquals(peer.errors.splice(0), [secret]);
    }
  },
);

rpcTest(
  "unsendable answers: a FlightError of a source reaches the client, and is not reported",
  async (connectTo) => {
    await using peer = await connectTo({
      *doGet() {
        yield numbers(1);
        throw new FlightError("DATA_LOSS", "the disk is gone");
      },
    });
    await assertFlightError(get(peer.client), "DATA_LOSS");
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "unsendable answers: an error of no known code is the service's failure",
  async (connectTo) => {
    await using peer = await connectTo({
      doGet() {
        throw new FlightError("NO_SUCH_CODE" as never, "text");
      },
      getFlightInfo() {
        throw new FlightError("constructor" as never, "text");
      },
    });
    await assertFlightError(get(peer.client), "UNKNOWN");
    await assertFlightError(peer.client.getFlightInfo(HERE), "UNKNOWN");
    assertEquals(peer.errors.map(String), [
      'TypeError: Cannot make a FlightError: "NO_SUCH_CODE" is not a gRPC status code, which is a name such as "NOT_FOUND"',
      'TypeError: Cannot make a FlightError: "constructor" is not a gRPC status code, which is a name such as "NOT_FOUND"',
    ]);
  },
);

/** More than 60 KiB, which no transport sends. */
const LONG = "x".repeat(70_000);

const passing: FlightInterceptor = (call, next) => next(call);

const OVERSIZED: Readonly<Record<string, FlightService>> = {
  "the trailers": {
    doAction(_, { responseTrailers }) {
      responseTrailers.set("x-long", LONG);
      return [];
    },
  },
  "the headers": {
    doAction(_, { responseHeaders }) {
      responseHeaders.set("x-long", LONG);
      return [{ body: new Uint8Array() }];
    },
  },
  "the trailers of an error": {
    doAction() {
      throw new FlightError("NOT_FOUND", "none", {
        trailers: new FlightHeaders({ "x-long": LONG }),
      });
    },
  },
};

// In memory nothing is too long.
for (const [transportName, transport] of TRANSPORTS) {
  test(`unsendable answers: what is too long to be sent is reported once (${transportName})`, async () => {
    for (const [name, service] of Object.entries(OVERSIZED)) {
      for (const interceptors of [[], [passing]]) {
        const errors: unknown[] = [];
        await using server = await serve(service, {
          transport,
          interceptors,
          onError: (error) => void errors.push(error),
        });
        await using client = connect(server.location, { transport });
        await assertFlightError(
          act(client),
          "RESOURCE_EXHAUSTED",
          /(headers|trailers) of 7\d{4} bytes exceed the limit of \d+ bytes/,
        );
        assertEquals(errors.length, 1, `${name}: ${errors}`);
        assertMatch(
          String(errors[0]),
          /^AnswerError: doAction gave what cannot be sent: the (headers|trailers) of 7\d{4} bytes exceed/,
        );
      }
    }
  });
}

rpcTest(
  "unsendable answers: trailers of an error that are none are reported",
  async (connectTo) => {
    await using peer = await connectTo({
      doAction() {
        throw new FlightError("NOT_FOUND", "none", {
          trailers: { "x-a": "line\nbreak" } as never,
        });
      },
    });
    const error = await assertFlightError(act(peer.client), "INTERNAL");
    assertEquals(error.details, "the answer of the service cannot be sent");
    assertMatch(
      String(peer.errors),
      /^AnswerError: doAction gave what cannot be sent: Cannot set header "x-a"/,
    );
  },
);

rpcTest(
  "unsendable answers: a call that its client ends is not reported",
  async (connectTo) => {
    const ended = event();
    await using peer = await connectTo({
      async *doGet(_, { signal }) {
        signal.addEventListener("abort", () => ended.resolve());
        while (!signal.aborted) yield filled(1 << 16, 1);
      },
    }, { smallWindows: true });
    for await (const _ of peer.client.doGet("t")) break;
    await ended.promise;
    await turns(5);
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "unsendable answers: the text of an error that no encoder has thrown is reported whole",
  async (connectTo) => {
    await using peer = await connectTo({
      getFlightInfo: () => ({
        get endpoints(): [] {
          throw new Error("Cannot send mail: the host is down");
        },
      }),
    });
    const error = await assertFlightError(
      peer.client.getFlightInfo("x"),
      "INTERNAL",
    );
    assertEquals(error.details, "the answer of the service cannot be sent");
    assertEquals(
      String(peer.errors),
      "AnswerError: getFlightInfo gave what cannot be sent: Cannot send mail: the host is down",
    );
  },
);
