/** Answers that no server should give: each is one clear error. */

import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { FlightError, type FlightService } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql, type FlightSqlClient } from "@contrail/flight/sql";
import { packAny } from "../../../internal/sql/messages/any.ts";
import { actionCreatePreparedStatementResult } from "../../../internal/sql/messages/prepared_statement_actions.ts";
import { actionBeginTransactionResult } from "../../../internal/sql/messages/transaction_actions.ts";
import { assertFlightError, rejection } from "../../support/rejections.ts";
import { scriptedServer } from "./scripted_server.ts";

const GARBAGE = Uint8Array.of(255, 255, 255);

/** An Any of a message whose bytes are no message. */
function packedGarbage(name: string): Uint8Array {
  return packAny({ name, encode: () => GARBAGE }, {});
}

/** A client of a server that answers each action with `body`. */
function withAction(body: Uint8Array | undefined): FlightSqlClient {
  const doAction = () => body === undefined ? [] : [{ body }];
  const { service } = scriptedServer({ methods: { doAction } });
  return flightSql(connectInMemory(service));
}

/** A client of a server that answers each upload with `answers`. */
function withAnswers(
  answers: readonly Uint8Array[],
  methods: FlightService = {},
): FlightSqlClient {
  const { service } = scriptedServer({
    methods: {
      async doPut(upload) {
        await upload.table();
        return answers.map((appMetadata) => ({ appMetadata }));
      },
      ...methods,
    },
  });
  return flightSql(connectInMemory(service));
}

const PREPARED = {
  preparedStatementHandle: Uint8Array.of(1),
  datasetSchema: undefined,
  parameterSchema: undefined,
  isUpdate: undefined,
};

const BODIES: readonly [string, Uint8Array | undefined, RegExp][] = [
  ["no result", undefined, /CreatePreparedStatement .*there is no result/],
  ["an empty result", new Uint8Array(), /not a google\.protobuf\.Any/],
  ["garbage", GARBAGE, /not a google\.protobuf\.Any/],
  [
    "another message",
    packAny(actionBeginTransactionResult, {
      transactionId: Uint8Array.of(1),
    }),
    /a arrow.*ActionBeginTransactionResult, not a arrow/,
  ],
  [
    "a malformed message",
    packedGarbage(actionCreatePreparedStatementResult.name),
    /ActionCreatePreparedStatementResult/,
  ],
  [
    "a malformed schema of parameters",
    packAny(actionCreatePreparedStatementResult, {
      ...PREPARED,
      parameterSchema: GARBAGE,
    }),
    /Schema/,
  ],
  [
    "a malformed schema of rows",
    packAny(actionCreatePreparedStatementResult, {
      ...PREPARED,
      datasetSchema: GARBAGE,
    }),
    /Schema/,
  ],
];

for (const [what, body, message] of BODIES) {
  test(`an action answered with ${what} is an error of the server`, async () => {
    await using client = withAction(body);
    const error = await assertFlightError(
      client.prepare("SELECT 1"),
      "INTERNAL",
      message,
    );
    assertEquals(error.origin, "remote");
    await assertFlightError(client.query("echo", [1]).table(), "INTERNAL");
  });
}

test("an update answered with garbage is an error of the server", async () => {
  await using client = withAnswers([GARBAGE]);
  const error = await assertFlightError(
    client.execute("delete"),
    "INTERNAL",
    /DoPutUpdateResult/,
  );
  assertEquals(error.origin, "remote");
});

test("parameters answered with garbage fail the query, and not the next one", async () => {
  const bad = withAnswers([GARBAGE]);
  const statement = await bad.prepare("echo");
  for (let i = 0; i < 3; i++) {
    await assertFlightError(
      statement.query([i]).then(),
      "INTERNAL",
      /DoPutPreparedStatementResult/,
    );
  }
  await bad.close();
});

test("a query whose server takes back endpoints fails, and is not read on", async () => {
  let polls = 0;
  await using client = withAnswers([], {
    pollFlightInfo() {
      polls++;
      return {
        info: {
          endpoints: polls === 1 ? [{ ticket: "a" }, { ticket: "b" }] : [],
        },
        descriptor: { cmd: "x" },
      };
    },
    doGet: () =>
      scriptedServer().service.doGet!(
        { ticket: new Uint8Array() } as never,
        {} as never,
      ),
  });
  const query = client.query("numbers", undefined, { poll: true });
  const outcome = await query.then(() => undefined, (error) => error);
  assert(FlightError.is(outcome));
  assert(polls <= 2);
});

test("a statement and a transaction that cannot be closed leave the error of their block", async () => {
  const { service } = scriptedServer();
  let isBroken = false;
  await using client = flightSql(connectInMemory({
    ...service,
    doAction(action, context) {
      if (isBroken) throw new FlightError("UNAVAILABLE", "gone");
      return service.doAction!(action, context);
    },
  }));
  const failure = new Error("of the block");
  const block = async (): Promise<void> => {
    await using _statement = await client.prepare("echo");
    await using _transaction = await client.begin();
    isBroken = true;
    throw failure;
  };
  assertEquals(await rejection(block()), failure);
  isBroken = false;
  const statement = await client.prepare("echo");
  isBroken = true;
  await assertFlightError(statement.close(), "UNAVAILABLE", /gone/);
});

test("a statement that the server has forgotten is closed", async () => {
  await using client = flightSql(connectInMemory({
    ...scriptedServer().service,
    doAction({ type }) {
      if (type === "ClosePreparedStatement") {
        throw new FlightError("NOT_FOUND", "no such statement");
      }
      const body = packAny(actionCreatePreparedStatementResult, PREPARED);
      return [{ body }];
    },
  }));
  const statement = await client.prepare("echo");
  await statement.close();
});
