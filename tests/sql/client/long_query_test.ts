/** Long-running queries: progress, and cancellation; and sessions. */

import { assert, assertEquals } from "@std/assert";
import { FlightError, type FlightService } from "@contrail/flight";
import { clientCookies } from "@contrail/flight/middleware";
import { serverSessions, sessionMethods } from "@contrail/flight/session";
import { flightSql } from "@contrail/flight/sql";
import { packAny, unpackAny } from "../../../internal/sql/messages/any.ts";
import {
  actionCancelQueryRequest,
  actionCancelQueryResult,
} from "../../../internal/sql/messages/cancel_query.ts";
import { flightInfoCodec } from "../../../internal/protocol/flight_info.ts";
import { assertFlightError, rejection } from "../../support/rejections.ts";
import { rpcTest } from "../../support/transports.ts";
import { until } from "../../support/events.ts";
import { sqlTest } from "./join_sql.ts";
import { NUMBERS } from "./scripted_server.ts";

/** Answers the first polls with a part of the query, and the last one with all of it. */
function polled(steps: number): FlightService & { polls: number } {
  const methods: FlightService & { polls: number } = {
    polls: 0,
    pollFlightInfo() {
      const step = ++methods.polls;
      return {
        info: {
          endpoints: Array.from({ length: step }, () => ({ ticket: "part" })),
          ordered: true,
        },
        ...(step < steps
          ? { descriptor: { cmd: `${step}` }, progress: step / steps }
          : {}),
      };
    },
    doGet: () => NUMBERS,
  };
  return methods;
}

sqlTest(
  "a query is polled, and its first rows are read while it runs",
  async (join) => {
    const methods = polled(3);
    await using joined = await join({ methods });
    const progress: (number | undefined)[] = [];
    const rows = await joined.client.query("numbers", undefined, {
      onProgress: (value) => void progress.push(value),
    });
    assertEquals(rows.length, 15);
    assertEquals(progress, [1 / 3, 2 / 3, 1]);
    assertEquals(methods.polls, 3);
    assertEquals(joined.calls, []);
  },
);

sqlTest(
  "a server without polls is asked by GetFlightInfo, and not again",
  async (join) => {
    let polls = 0;
    await using joined = await join({
      methods: {
        pollFlightInfo() {
          polls++;
          throw new FlightError("UNIMPLEMENTED", "no polls");
        },
      },
    });
    const progress: unknown[] = [];
    const options = {
      onProgress: (value: number | undefined) => void progress.push(value),
    };
    for (let i = 0; i < 2; i++) {
      const rows = await joined.client.query("numbers", undefined, options);
      assertEquals(rows.length, 5);
    }
    assertEquals(polls, 1);
    assertEquals(progress, [1, 1]);
  },
);

sqlTest("a failure of onProgress fails the query", async (join) => {
  await using joined = await join({ methods: polled(2) });
  const failure = new Error("no more");
  const query = joined.client.query("numbers", undefined, {
    onProgress() {
      throw failure;
    },
  });
  assertEquals(await rejection(query.then()), failure);
});

sqlTest("aborting a query cancels it on the server", async (join) => {
  const canceled: number[] = [];
  await using joined = await join({
    methods: {
      ...polled(1000),
      cancelFlightInfo({ endpoints }) {
        canceled.push(endpoints.length);
        return "CANCELLED";
      },
    },
  });
  const aborting = new AbortController();
  const query = joined.client.query("numbers", undefined, {
    poll: true,
    signal: aborting.signal,
  });
  let count = 0;
  const reading = (async () => {
    for await (const _ of query) {
      if (++count === 7) aborting.abort(new Error("enough"));
    }
  })();
  assertEquals((await rejection(reading) as Error).message, "enough");
  await until(() => canceled.length === 1);
  assert(canceled[0]! >= 2);
});

sqlTest(
  "leaving a query that still runs cancels it, one that is complete is only left",
  async (join) => {
    let canceled = 0;
    const methods = {
      cancelFlightInfo() {
        canceled++;
        return "CANCELLED" as const;
      },
    };
    await using running = await join({
      methods: { ...polled(1000), ...methods },
    });
    const options = { poll: true };
    await running.client.query("numbers", undefined, options).first();
    assertEquals(canceled, 1);
    await using complete = await join({ methods });
    await complete.client.query("numbers").first();
    await complete.client.close();
    assertEquals(canceled, 1);
  },
);

sqlTest("cancelQuery: false lets a query go on", async (join) => {
  let canceled = 0;
  await using joined = await join({
    methods: {
      ...polled(1000),
      cancelFlightInfo() {
        canceled++;
        return "CANCELLED";
      },
    },
  });
  const { client } = joined;
  const options = { poll: true, cancelQuery: false };
  await client.query("numbers", undefined, options).first();
  await client.close();
  assertEquals(canceled, 0);
});

sqlTest("a server that only knows CancelQuery is asked by it", async (join) => {
  const actions: string[] = [];
  await using joined = await join({
    methods: {
      doAction({ type, body }) {
        actions.push(type);
        if (type !== "CancelQuery") {
          throw new FlightError("INVALID_ARGUMENT", "unknown action");
        }
        const { value } = unpackAny(body!)!;
        const info = flightInfoCodec.decode(
          actionCancelQueryRequest.decode(value).info,
        );
        assertEquals(info.endpoints.length, 1);
        return [{
          body: packAny(actionCancelQueryResult, { result: "CANCELLING" }),
        }];
      },
    },
  });
  const { client } = joined;
  const info = await client.query("numbers").info();
  assertEquals(await client.cancel(info), "CANCELLING");
  assertEquals(await client.cancel(info), "CANCELLING");
  assertEquals(actions, ["CancelFlightInfo", "CancelQuery", "CancelQuery"]);
});

sqlTest("a server that cannot cancel says so", async (join) => {
  await using joined = await join();
  const { client } = joined;
  const info = await client.query("numbers").info();
  await assertFlightError(client.cancel(info), "UNIMPLEMENTED", /neither/);
  await assertFlightError(client.cancel(info), "UNIMPLEMENTED", /neither/);
});

rpcTest("catalog and schema are options of the session", async (connectTo) => {
  let closed = 0;
  const methods = sessionMethods();
  const service: FlightService = {
    ...methods,
    setSessionOptions(options, context) {
      if (options.get("schema") === "missing") {
        return new Map([["schema", "INVALID_VALUE" as const]]);
      }
      return methods.setSessionOptions!(options, context);
    },
    closeSession(context) {
      closed++;
      return methods.closeSession!(context);
    },
  };
  await using joined = await connectTo(service, {
    clientInterceptors: [clientCookies()],
    serverInterceptors: [serverSessions()],
  });
  const client = flightSql(joined.client);
  await client.use({ catalog: "c" });
  await client.use({ schema: "s" });
  assertEquals(Object.fromEntries(await client.getSessionOptions()), {
    catalog: "c",
    schema: "s",
  });
  await assertFlightError(
    client.use({ schema: "missing" }),
    "INVALID_ARGUMENT",
    /session option schema \(INVALID_VALUE: there is no such schema, or .*\)/,
  );
  await client.close();
  assertEquals(closed, 1);
});
