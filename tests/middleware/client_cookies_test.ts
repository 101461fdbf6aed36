/** Cookies between client and server. */
import { assertEquals } from "@std/assert";
import { FlightError, type FlightService } from "@contrail/flight";
import { clientCookies, CookieJar } from "@contrail/flight/middleware";
import { assertFlightError } from "../support/rejections.ts";
import { interceptorTest } from "../support/transports.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Sets cookies where an action's body says, and answers with those that came. */
const SERVICE: FlightService = {
  *doAction({ type, body }, { headers, responseHeaders, responseTrailers }) {
    const cookies = body?.length ? decoder.decode(body).split("\n") : [];
    const target = type === "trailers" ? responseTrailers : responseHeaders;
    for (const cookie of cookies) target.append("set-cookie", cookie);
    if (type === "fail") throw new FlightError("NOT_FOUND", "on purpose");
    yield { body: encoder.encode(headers.getAll("cookie").join(" | ")) };
  },
};

interceptorTest(
  "clientCookies(): cookies come back, from headers, trailers and failed calls",
  async (connectTo) => {
    const jar = new CookieJar();
    await using peer = await connectTo(SERVICE, {
      clientInterceptors: [clientCookies(jar)],
    });
    const act = async (type: string, ...cookies: string[]) => {
      const body = encoder.encode(cookies.join("\n"));
      const results = await Array.fromAsync(
        peer.client.doAction({ type, body }),
      );
      return decoder.decode(results[0]?.body);
    };
    assertEquals(await act("headers", "a=1", "b=2; Path=/"), "");
    assertEquals(await act("trailers", "c=3", "d=4"), "a=1; b=2");
    await assertFlightError(act("fail", "e=5"), "NOT_FOUND");
    assertEquals(
      await act("trailers", "a=; Max-Age=0", "c=6"),
      "a=1; c=3; d=4; e=5; b=2",
    );
    assertEquals(await act("headers"), "c=6; d=4; e=5; b=2");
    assertEquals(jar.size, 4);
  },
);

interceptorTest(
  "clientCookies(): Secure ones need TLS or no network, the caller's own stay",
  async (connectTo) => {
    await using peer = await connectTo(SERVICE, {
      clientInterceptors: [clientCookies()],
    });
    const act = async (cookie: string, own?: string) => {
      const [result] = await Array.fromAsync(peer.client.doAction(
        { type: "headers", body: encoder.encode(cookie) },
        { headers: own === undefined ? {} : { cookie: own } },
      ));
      return decoder.decode(result!.body);
    };
    await act("plain=1; Path=/");
    await act("secret=2; Secure");
    const isNetwork = !(await act("")).includes("secret");
    assertEquals(
      await act("", "own=0"),
      isNetwork ? "own=0; plain=1" : "own=0; secret=2; plain=1",
    );
    // A call without cookies of the jar's sends those of the caller.
    assertEquals(
      await act("plain=; Path=/; Max-Age=0"),
      isNetwork ? "plain=1" : "secret=2; plain=1",
    );
  },
);

interceptorTest(
  "clientCookies(): a server that sets 50 KB of them does no harm",
  async (connectTo) => {
    await using peer = await connectTo(SERVICE, {
      clientInterceptors: [clientCookies()],
    });
    const act = async (...cookies: string[]) => {
      const [result] = await Array.fromAsync(peer.client.doAction({
        type: "headers",
        body: encoder.encode(cookies.join("\n")),
      }));
      return decoder.decode(result!.body);
    };
    const value = "x".repeat(4000);
    await act(...Array.from({ length: 12 }, (_, i) => `a${i}=${value}`));
    await act(...Array.from({ length: 12 }, (_, i) => `b${i}=${value}`));
    await act("session=1");
    assertEquals(await act(), `b11=${value}; session=1`);
  },
);

interceptorTest(
  "clientCookies(): a jar is shared, or copied",
  async (connectTo) => {
    const jar = new CookieJar();
    const act = async (jar: CookieJar, cookie = "") => {
      await using peer = await connectTo(SERVICE, {
        clientInterceptors: [clientCookies(jar)],
      });
      const [result] = await Array.fromAsync(
        peer.client.doAction({ type: "x", body: encoder.encode(cookie) }),
      );
      return decoder.decode(result!.body);
    };
    await act(jar, "a=1");
    assertEquals(await act(jar), "a=1");
    const copy = jar.clone();
    assertEquals(await act(copy, "b=2"), "a=1");
    assertEquals(await act(copy), "a=1; b=2");
    assertEquals(await act(jar), "a=1");
  },
);

interceptorTest(
  "clientCookies(): cookies belong to a client",
  async (connectTo) => {
    await using peer = await connectTo({ listActions: () => [] }, {
      serverInterceptors: [clientCookies()],
    });
    await assertFlightError(
      Array.fromAsync(peer.client.listActions()),
      "UNKNOWN",
    );
    assertEquals(
      peer.errors.map(String),
      ["TypeError: Cannot use clientCookies on a server"],
    );
  },
);
