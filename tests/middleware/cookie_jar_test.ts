/** The cookie jar: RFC 6265, sections 5.2 to 5.4. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { withClock } from "../support/still_clock.ts";
import { CookieJar, type CookieOrigin } from "@contrail/flight/middleware";

const ORIGIN: CookieOrigin = {
  host: "flight.example.com",
  path: "/arrow.flight.protocol.FlightService/DoGet",
  isSecure: false,
};

/**
 * Returns the cookies that a request to `origin` would send, after `cookies`
 * were set by `from`.
 */
function sent(
  cookies: readonly string[],
  origin: Partial<CookieOrigin> = {},
  from: Partial<CookieOrigin> = {},
): string | undefined {
  const jar = new CookieJar();
  for (const cookie of cookies) jar.store(cookie, { ...ORIGIN, ...from });
  return jar.header({ ...ORIGIN, ...origin });
}

test("CookieJar: name and value", () => {
  assertEquals(sent(["a=1"]), "a=1");
  assertEquals(sent(["  a = 1 2  ; HttpOnly; SameSite=Lax"]), "a=1 2");
  assertEquals(sent(["a=b=c=="]), "a=b=c==");
  assertEquals(sent(['a="quoted"']), 'a="quoted"');
  assertEquals(sent(["a="]), "a=");
  for (const bad of ["", "a", "=1", "; a=1", "a=\u00e9", "a=1\n2"]) {
    assertEquals(new CookieJar().store(bad, ORIGIN), false, bad);
    assertEquals(sent([bad]), undefined, bad);
  }
  assertEquals(sent([`a=${"x".repeat(4095)}`])?.length, 4097);
  assertEquals(sent([`a=${"x".repeat(4096)}`]), undefined);
});

test("CookieJar: the same name, domain and path replace each other", () => {
  assertEquals(sent(["a=1", "b=2", "a=3"]), "a=3; b=2");
  assertEquals(sent(["a=1", "a=2; Path=/"]), "a=1; a=2");
  assertEquals(
    sent(["a=1", "a=2; Domain=example.com", "a=3; Domain=.EXAMPLE.com"]),
    "a=1; a=3",
  );
});

test("CookieJar: paths", () => {
  const service = "/arrow.flight.protocol.FlightService";
  // Without one: the path of the request up to its last slash.
  assertEquals(sent(["a=1"], { path: `${service}/DoPut` }), "a=1");
  assertEquals(
    sent(["a=1"], { path: "/grpc.health.v1.Health/Check" }),
    undefined,
  );
  assertEquals(sent(["a=1; Path=/"], { path: "/x" }), "a=1");
  assertEquals(sent([`a=1; Path=${service}/DoGet`]), "a=1");
  assertEquals(
    sent([`a=1; Path=${service}/DoGet`], { path: `${service}/DoGetX` }),
    undefined,
  );
  assertEquals(sent([`a=1; Path=${service}/`]), "a=1");
  assertEquals(sent(["a=1; Path=relative"], { path: `${service}/X` }), "a=1");
  assertEquals(sent(["a=1; Path=/x; Path=/"]), "a=1");
  assertEquals(sent(["a=1"], { path: "/" }, { path: "/top" }), "a=1");
  assertEquals(sent(["a=1"], { path: "/x/y" }, { path: "none" }), "a=1");
  // The longest path first, then the oldest.
  assertEquals(
    sent(["a=1; Path=/", "b=2; Path=/", `c=3; Path=${service}`]),
    "c=3; a=1; b=2",
  );
});

test("CookieJar: domains", () => {
  const cookie = "a=1; Domain=example.com";
  assertEquals(sent([cookie]), "a=1");
  assertEquals(sent([cookie], { host: "other.EXAMPLE.com" }), "a=1");
  assertEquals(sent([cookie], { host: "example.com" }), "a=1");
  assertEquals(sent([cookie], { host: "badexample.com" }), undefined);
  assertEquals(sent(["a=1"], { host: "sub.flight.example.com" }), undefined);
  assertEquals(sent(["a=1"], { host: "example.com" }), undefined);
  assertEquals(sent(["a=1; Domain="]), "a=1");
  // Not for this host to set.
  for (const domain of ["com", "example.org", "x.flight.example.com"]) {
    assertEquals(sent([`a=1; Domain=${domain}`], { host: domain }), undefined);
  }
  assertEquals(
    sent(["a=1; Domain=localhost"], { host: "localhost" }, {
      host: "localhost",
    }),
    "a=1",
  );
  // An address is no domain.
  assertEquals(
    sent(["a=1; Domain=0.0.1"], { host: "127.0.0.1" }, { host: "127.0.0.1" }),
    undefined,
  );
  assertEquals(
    sent(["a=1; Domain=127.0.0.1"], { host: "127.0.0.1" }, {
      host: "127.0.0.1",
    }),
    "a=1",
  );
});

test("CookieJar: Secure", () => {
  assertEquals(sent(["a=1; Secure", "b=2"]), "b=2");
  assertEquals(sent(["a=1; secure", "b=2"], { isSecure: true }), "a=1; b=2");
});

test("CookieJar: Max-Age and Expires", () => {
  withClock((forward) => {
    const jar = new CookieJar();
    const past = "Thu, 01 Jan 1970 00:00:00 GMT";
    jar.store("a=1; Max-Age=10", ORIGIN);
    jar.store("b=2; Expires=Thu, 01 Jan 2026 00:00:20 GMT", ORIGIN);
    jar.store("c=3", ORIGIN);
    // Max-Age wins; what is no date or no number does not count.
    jar.store(`d=4; Max-Age=10; Expires=${past}`, ORIGIN);
    jar.store("e=5; Expires=never; Max-Age=1.5", ORIGIN);
    jar.store(`f=6; Max-Age=99999999999999999999`, ORIGIN);
    assertEquals(jar.header(ORIGIN), "a=1; b=2; c=3; d=4; e=5; f=6");
    forward(9_999);
    assertEquals(jar.size, 6);
    forward(1);
    assertEquals(jar.header(ORIGIN), "b=2; c=3; e=5; f=6");
    forward(10_000);
    assertEquals(jar.size, 3);
    for (const end of [`Expires=${past}`, "Max-Age=0", "Max-Age=-1"]) {
      jar.store("c=again", ORIGIN);
      assertEquals(jar.store(`c=; ${end}`, ORIGIN), true);
      assertEquals(jar.header(ORIGIN), "e=5; f=6");
    }
  });
});

test("CookieJar: a jar is bounded, can be cleared and copied", () => {
  withClock((forward) => {
    const jar = new CookieJar({ maxCookies: 2 });
    jar.store("a=1; Max-Age=10", ORIGIN);
    jar.store("b=2; Max-Age=5", ORIGIN);
    forward(5_000);
    // Expired cookies make room first, then the oldest ones.
    jar.store("c=3", ORIGIN);
    assertEquals(jar.header(ORIGIN), "a=1; c=3");
    jar.store("d=4", ORIGIN);
    assertEquals(jar.header(ORIGIN), "c=3; d=4");

    const copy = jar.clone();
    copy.store("e=5", ORIGIN);
    assertEquals(copy.header(ORIGIN), "d=4; e=5");
    assertEquals(jar.header(ORIGIN), "c=3; d=4");
    jar.clear();
    assertEquals([jar.size, copy.size], [0, 2]);
  });
  for (
    const option of ["maxCookies", "maxCookiesPerDomain", "maxHeaderBytes"]
  ) {
    for (const value of [0, 1.5, NaN]) {
      assertThrows(
        () => new CookieJar({ [option]: value }),
        RangeError,
        `Cannot use option ${option}: ${value} `,
      );
    }
  }
});

test("CookieJar: a jar forgets of the domain that has too many", () => {
  const jar = new CookieJar({ maxCookies: 6, maxCookiesPerDomain: 3 });
  const other = { ...ORIGIN, host: "other.example.org" };
  jar.store("session=1", other);
  for (let i = 0; i < 100; i++) jar.store(`a${i}=${i}`, ORIGIN);
  assertEquals(jar.header(ORIGIN), "a97=97; a98=98; a99=99");
  assertEquals(jar.header(other), "session=1");
  // A cookie that a call has just sent stays, an unused one makes room.
  jar.store("b=1; Path=/elsewhere", ORIGIN);
  assertEquals(jar.header(ORIGIN), "a98=98; a99=99");
  jar.store("c=1", ORIGIN);
  assertEquals(jar.header(ORIGIN), "a98=98; a99=99; c=1");
  // Beyond all, the domain that was used least recently makes room.
  jar.header(other);
  for (const host of ["x.test", "y.test", "z.test"]) {
    jar.store("a=1", { ...ORIGIN, host });
  }
  assertEquals(jar.size, 6);
  assertEquals(jar.header(other), "session=1");
  assertEquals(jar.header(ORIGIN), "a99=99; c=1");
});

test("CookieJar: a jar sends no more than maxHeaderBytes, the latest cookies first", () => {
  const jar = new CookieJar();
  const big = "x".repeat(4000);
  for (let i = 0; i < 12; i++) jar.store(`a${i}=${big}`, ORIGIN);
  jar.store("session=1", ORIGIN);
  assertEquals(jar.header(ORIGIN), `a11=${big}; session=1`);
  for (let i = 0; i < 11; i++) jar.store(`a${i}=; Max-Age=0`, ORIGIN);
  jar.store("b=2", ORIGIN);
  assertEquals(jar.header(ORIGIN), `a11=${big}; session=1; b=2`);

  const small = new CookieJar({ maxHeaderBytes: 10 });
  small.store("a=1", ORIGIN);
  small.store("b=2", ORIGIN);
  small.store("c=3", ORIGIN);
  assertEquals(small.header(ORIGIN), "b=2; c=3");
  assertEquals(small.clone().header(ORIGIN), "b=2; c=3");
});

test("CookieJar: attributes and headers that are too long", () => {
  const long = "x".repeat(1025);
  assertEquals(sent([`a=1; Path=/${long}`]), "a=1");
  assertEquals(sent([`a=1; Domain=${long}.example.com`]), "a=1");
  assertEquals(sent([`a=1; Junk=${"x".repeat(9000)}`]), undefined);
});

test("CookieJar: garbage does no harm", () => {
  const jar = new CookieJar();
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % below;
  };
  const pieces = [
    "a",
    "=",
    ";",
    " ",
    "Path",
    "Domain",
    "Expires",
    "Max-Age",
    "/",
    ".",
    ":",
    ",",
    "Jan",
    "1",
    "\u00ff",
    "\t",
    '"',
    "Secure",
    "com",
  ];
  for (let i = 0; i < 5_000; i++) {
    const text = Array.from(
      { length: random(12) },
      () => pieces[random(pieces.length)],
    ).join("");
    jar.store(text, ORIGIN);
    assert(/^[\x20-\x7e]*$/.test(jar.header(ORIGIN) ?? ""), text);
  }
});
