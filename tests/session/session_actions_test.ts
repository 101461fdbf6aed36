/** The actions of sessions as methods of client and service, on every transport. */
import { assert, assertEquals } from "@std/assert";
import {
  type CloseSessionStatus,
  FlightError,
  PREDEFINED_ACTIONS,
  type SessionOptionsInit,
  type SessionOptionValue,
  type SetSessionOptionError,
} from "@contrail/flight";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { rpcTest } from "../support/transports.ts";

/** A value of each kind, with those at the edges. */
const EVERY: Readonly<Record<string, SessionOptionValue>> = {
  text: "grüezi",
  empty: "",
  yes: true,
  no: false,
  int: 123n,
  least: -(2n ** 63n),
  most: 2n ** 63n - 1n,
  double: 456.5,
  whole: 456,
  infinite: -Infinity,
  list: ["a", "", " "],
  none: [],
  unset: undefined,
};

rpcTest(
  "session actions: options travel with their types, as a map or an object",
  async (connectTo) => {
    const received: ReadonlyMap<string, SessionOptionValue>[] = [];
    const errors = new Map<string, SetSessionOptionError>([
      ["text", "INVALID_NAME"],
      ["int", "INVALID_VALUE"],
      ["list", "ERROR"],
      ["none", "UNSPECIFIED"],
    ]);
    let answer: SessionOptionsInit = EVERY;
    await using peer = await connectTo({
      setSessionOptions(options, { method }) {
        assertEquals(method, "DoAction");
        received.push(options);
        return received.length === 1 ? errors : undefined;
      },
      getSessionOptions: () => answer,
    });
    const { client } = peer;
    const every = new Map(Object.entries(EVERY));
    assertEquals(await client.setSessionOptions(EVERY), { errors });
    assertEquals(await client.setSessionOptions(every), { errors: new Map() });
    assertEquals(await client.setSessionOptions({}), { errors: new Map() });
    assertEquals(received, [every, every, new Map()]);
    for (answer of [EVERY, every]) {
      assertEquals(await client.getSessionOptions(), { sessionOptions: every });
    }
    answer = new Map();
    assertEquals(await client.getSessionOptions(), {
      sessionOptions: new Map(),
    });
  },
);

rpcTest("session actions: a session is closed, or not", async (connectTo) => {
  const statuses: CloseSessionStatus[] = [
    "CLOSED",
    "CLOSING",
    "NOT_CLOSEABLE",
    "UNSPECIFIED",
  ];
  let status: CloseSessionStatus;
  await using peer = await connectTo({ closeSession: () => status });
  for (status of statuses) {
    assertEquals(await peer.client.closeSession(), { status });
  }
});

rpcTest(
  "session actions: methods that a service does not have go to doAction",
  async (connectTo) => {
    const types: string[] = [];
    await using peer = await connectTo({
      doAction({ type, body }) {
        types.push(`${type} ${body!.byteLength}`);
        throw new FlightError("UNIMPLEMENTED", `no ${type}`);
      },
    });
    const { client } = peer;
    await assertFlightError(client.setSessionOptions({}), "UNIMPLEMENTED");
    await assertFlightError(client.getSessionOptions(), "UNIMPLEMENTED");
    await assertFlightError(client.closeSession(), "UNIMPLEMENTED");
    assertEquals(types, [
      `${PREDEFINED_ACTIONS.setSessionOptions.type} 0`,
      `${PREDEFINED_ACTIONS.getSessionOptions.type} 0`,
      `${PREDEFINED_ACTIONS.closeSession.type} 0`,
    ]);
    await using nothing = await connectTo({});
    await assertFlightError(nothing.client.closeSession(), "UNIMPLEMENTED");
  },
);

rpcTest(
  "session actions: what a handler refuses, and what it fails with",
  async (connectTo) => {
    const refuse = () => {
      throw new FlightError("PERMISSION_DENIED", "not yours");
    };
    await using refusing = await connectTo({
      setSessionOptions: refuse,
      getSessionOptions: refuse,
      closeSession: refuse,
    });
    const mistake = () => "nonsense" as never;
    await using wrong = await connectTo({
      setSessionOptions: mistake,
      getSessionOptions: mistake,
      closeSession: mistake,
    });
    for (const call of ["set", "get", "close"]) {
      const act = ({ client }: typeof refusing) =>
        call === "set"
          ? client.setSessionOptions({})
          : call === "get"
          ? client.getSessionOptions()
          : client.closeSession();
      await assertFlightError(
        act(refusing),
        "PERMISSION_DENIED",
        "[permission denied] DoAction: not yours",
      );
      await assertFlightError(act(wrong), "INTERNAL");
    }
    assertEquals(wrong.errors.length, 3);
  },
);

rpcTest(
  "session actions: malformed bodies are the client's fault",
  async (connectTo) => {
    await using peer = await connectTo({ setSessionOptions: () => {} });
    await assertFlightError(
      Array.fromAsync(
        peer.client.doAction({
          type: "SetSessionOptions",
          body: Uint8Array.of(0xff),
        }),
      ),
      "INVALID_ARGUMENT",
      /Cannot decode SetSessionOptionsRequest/,
    );
    await using odd = await connectTo({
      *doAction() {
        yield { body: Uint8Array.of(0xff) };
      },
    });
    const error = await assertFlightError(
      odd.client.getSessionOptions(),
      "INTERNAL",
      /Cannot decode GetSessionOptionsResult/,
    );
    assertEquals(error.origin, "remote");
  },
);

rpcTest(
  "session actions: options of the wrong type are the caller's mistake",
  async (connectTo) => {
    await using peer = await connectTo({ setSessionOptions: () => {} });
    for (
      const wrong of [
        { a: {} },
        { a: Symbol("a") },
        { a: [1] },
        [["a", 1]],
        null,
        "a",
      ] as never[]
    ) {
      const error = await rejection(peer.client.setSessionOptions(wrong));
      assert(error instanceof TypeError, `${error}`);
    }
    const error = await rejection(
      peer.client.setSessionOptions({ big: 2n ** 63n }),
    );
    assert(error instanceof RangeError, `${error}`);
  },
);
