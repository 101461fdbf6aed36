/**
 * Interceptors of ours, against servers of pyarrow with their counterparts.
 *
 * @module
 */
import {
  commandDescriptor,
  type FlightClient,
  FlightError,
} from "../../../../mod.ts";
import {
  clientBasicAuth,
  clientBasicHandshake,
  clientHandshakeAuth,
} from "../../../../auth.ts";
import {
  callHooks,
  clientCookies,
  CookieJar,
  type FlightInterceptor,
} from "../../../../middleware.ts";
import { assert, assertEquals } from "@std/assert";
import {
  act,
  type CaseContext,
  type Cases,
  collect,
  remoteError,
  text,
} from "./case.ts";

/** A client of the server of a scenario, which is started for it. */
async function connectTo(
  { client, connectTo }: CaseContext,
  scenario: string,
): Promise<(...interceptors: FlightInterceptor[]) => FlightClient> {
  const port = Number(await act(client, "scenario", scenario));
  return (...interceptors) => connectTo(port, { interceptors });
}

const arrow = (password: string) =>
  clientHandshakeAuth(clientBasicHandshake({ username: "arrow", password }));

const test = (password: string) =>
  clientBasicAuth({ username: "test", password });

/** The cases. */
export const SCENARIO_CASES: Cases = {
  "scenario auth:basic_proto": async (context) => {
    const connect = await connectTo(context, "auth:basic_proto");
    await using nobody = connect();
    await remoteError(act(nobody, ""), "UNAUTHENTICATED");
    await using wrong = connect(arrow("wrong"));
    await remoteError(act(wrong, ""), "UNAUTHENTICATED", "invalid credentials");
    await using client = connect(arrow("flight"));
    assertEquals(
      await Promise.all([act(client, ""), act(client, "")]),
      ["arrow", "arrow"],
    );
  },
  "scenario auth:header": async (context) => {
    const connect = await connectTo(context, "auth:header");
    await using nobody = connect();
    await remoteError(act(nobody, ""), "UNAUTHENTICATED", "no valid token");
    await using wrong = connect(test("wrong"));
    await remoteError(act(wrong, ""), "UNAUTHENTICATED", "wrong password");
    await using client = connect(test("password"));
    assertEquals(
      await Promise.all([act(client, ""), act(client, "")]),
      ["token 1", "token 1"],
    );
    // The server forgets it; the client logs in again, once.
    assertEquals(await act(client, "forget"), "token 1");
    assertEquals(
      await Promise.all([act(client, ""), act(client, "")]),
      ["token 2", "token 2"],
    );
  },
  "scenario auth:header without handshake": async (context) => {
    const connect = await connectTo(context, "auth:header without handshake");
    await using client = connect(test("password"));
    assertEquals(await act(client, ""), "token 1");
    assertEquals(await act(client, ""), "token 1");
  },
  "scenario middleware": async (context) => {
    const connect = await connectTo(context, "middleware");
    const received: unknown[] = [];
    await using client = connect(callHooks(({ headers }) => {
      headers.set("x-middleware", "expected value");
      return {
        onHeaders: (headers) => void received.push(headers.get("x-middleware")),
        onCompleted({ trailers }) {
          const value = trailers.get("x-middleware");
          if (value !== undefined) received.push(value);
        },
      };
    }));
    const error = await client.getFlightInfo(commandDescriptor(""))
      .catch((error) => error);
    assert(FlightError.is(error), String(error));
    assertEquals([error.code, error.details], ["UNKNOWN", "Unknown"]);
    assertEquals(received.splice(0), ["expected value"]);
    await client.getFlightInfo(commandDescriptor("success"));
    assertEquals(received, ["expected value"]);
  },
  "scenario cookies": async (context) => {
    const connect = await connectTo(context, "cookies");
    const jar = new CookieJar();
    await using client = connect(clientCookies(jar));
    const set = [
      "arrow_flight_session_id=1000",
      "b=2; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Path=/; HttpOnly",
      "c=3; Secure",
    ];
    const ask = async (...cookies: string[]) => {
      const headers = { "x-set": cookies };
      const [result] = await collect(client.doAction("set", { headers }));
      return text(result!.body);
    };
    assertEquals(await ask(...set), "");
    assertEquals(
      await act(client, "trailer", "d=4; Max-Age=1000"),
      "arrow_flight_session_id=1000; b=2",
    );
    assertEquals(
      await ask("arrow_flight_session_id=; Max-Age=0"),
      "arrow_flight_session_id=1000; d=4; b=2",
    );
    await using other = connect(clientCookies(jar.clone()));
    assertEquals(await act(other, ""), "d=4; b=2");
  },
};
