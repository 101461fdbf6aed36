import { test } from "node:test";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { FlightError, type FlightService } from "@contrail/flight";
import { flightHandler } from "@contrail/flight/handler";
import { frame } from "./answers.ts";

const SERVICE: FlightService = {
  listActions: () => [{ type: "stop", description: "Stops." }],
  listFlights() {
    throw new FlightError("NOT_FOUND", "nothing");
  },
};

const PATH =
  "https://flight.example/a/b/arrow.flight.protocol.FlightService/ListActions";

function post(
  headers: Record<string, string> = {},
  body: Uint8Array = frame(0, ""),
  url = PATH,
): Request {
  return new Request(url, {
    method: "POST",
    headers: { "content-type": "application/grpc-web+proto", ...headers },
    body: body as BodyInit,
  });
}

async function textOf(response: Response): Promise<string> {
  return new TextDecoder().decode(await response.bytes());
}

test("flightHandler: answers below any prefix, with the status behind all", async () => {
  const response = await flightHandler(SERVICE)(post());
  assertEquals(response.status, 200);
  assertEquals(
    response.headers.get("content-type"),
    "application/grpc-web+proto",
  );
  const text = await textOf(response);
  assert(text.includes("Stops."));
  assert(text.endsWith("grpc-status: 0\r\n"));
});

test("flightHandler: speaks the text mode, in pieces of any size", async () => {
  const message = btoa(String.fromCharCode(...frame(0, "").subarray(0, 2))) +
    btoa(String.fromCharCode(...frame(0, "").subarray(2)));
  const response = await flightHandler(SERVICE)(post(
    { "content-type": "application/grpc-web-text" },
    new TextEncoder().encode(message),
  ));
  assertEquals(
    response.headers.get("content-type"),
    "application/grpc-web-text+proto",
  );
  const pieces = (await textOf(response)).match(/[^=]+=*/g)!;
  assert(pieces.map(atob).join("").endsWith("grpc-status: 0\r\n"));
  const mixed = await flightHandler(SERVICE)(
    post({ accept: "application/grpc-web-text" }),
  );
  assertEquals(
    mixed.headers.get("content-type"),
    "application/grpc-web-text+proto",
  );
  const wrong = await flightHandler(SERVICE)(post(
    { "content-type": "application/grpc-web-text" },
    new TextEncoder().encode("!!!!"),
  ));
  assert(atob(await textOf(wrong)).includes("is not base64"));
});

test("flightHandler: a failure is told by headers and body", async () => {
  const response = await flightHandler(SERVICE)(
    post({}, undefined, PATH.replace("ListActions", "ListFlights")),
  );
  assertEquals(response.status, 200);
  assertEquals(response.headers.get("grpc-status"), "5");
  assert((await textOf(response)).includes("grpc-message: nothing\r\n"));
});

const BAD_BODIES: Record<string, [Uint8Array, RegExp]> = {
  "cut short": [
    Uint8Array.of(0, 0, 0, 0, 9, 1),
    /grpc-status: 13.*mid-message/s,
  ],
  "of another flag": [frame(9, "x"), /grpc-status: 13.*flag 9/s],
  "compressed": [frame(1, "x"), /grpc-status: 13.*compressed/s],
  "too large": [
    Uint8Array.of(0, 0xff, 0xff, 0xff, 0xff),
    /grpc-status: 8.*maxReceiveMessageBytes/s,
  ],
};

for (const [name, [body, expected]] of Object.entries(BAD_BODIES)) {
  test(`flightHandler: a message that is ${name} fails the call`, async () => {
    const response = await flightHandler(SERVICE)(post({}, body));
    const text = decodeURIComponent(await textOf(response));
    assert(expected.test(text), text);
  });
}

test("flightHandler: headers that it cannot read fail the call", async () => {
  const handler = flightHandler(SERVICE);
  for (
    const [headers, text] of [
      [{ "grpc-timeout": "soon" }, "grpc-timeout is malformed"],
      [{ "grpc-encoding": "gzip" }, "the encoding gzip"],
      [{ "x-long": "x".repeat(70_000) }, "maxHeaderListBytes"],
    ] as const
  ) {
    const got = await textOf(await handler(post(headers)));
    assert(got.includes(text), got);
  }
});

test("flightHandler: requests that are no calls get a status of HTTP", async () => {
  const handler = flightHandler(SERVICE);
  assertEquals((await handler(new Request(PATH))).status, 405);
  assertEquals(
    (await handler(post({ "content-type": "application/json" }))).status,
    415,
  );
  assertEquals((await handler(new Request("https://x.example/"))).status, 404);
  const page = flightHandler(SERVICE, {
    otherwise: (_, info) => new Response(String(info)),
  });
  assertEquals(await textOf(await page(new Request(PATH), "info")), "info");
});

function preflight(origin: string): Request {
  return new Request(PATH, {
    method: "OPTIONS",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type,x-grpc-web,x-mine",
    },
  });
}

const ALLOW = "access-control-allow-origin";

test("flightHandler: no other origin has a permission by default", async () => {
  const handler = flightHandler(SERVICE);
  const asked = await handler(preflight("https://evil.example"));
  assertEquals(asked.headers.get(ALLOW), null);
  const called = await handler(post({ origin: "https://evil.example" }));
  assertEquals(called.headers.get(ALLOW), null);
});

test("flightHandler: cors permits the listed origins, and no others", async () => {
  const handler = flightHandler(SERVICE, {
    cors: { origins: ["https://app.example"], credentials: true },
  });
  const { headers } = await handler(preflight("https://app.example"));
  assertEquals(headers.get(ALLOW), "https://app.example");
  assertEquals(headers.get("access-control-allow-methods"), "POST");
  assertEquals(
    headers.get("access-control-allow-headers"),
    "content-type,x-grpc-web,x-mine",
  );
  assertEquals(headers.get("access-control-max-age"), "7200");
  assertEquals(headers.get("access-control-allow-credentials"), "true");
  assertEquals(headers.get("vary"), "origin");
  const called = await handler(post({ origin: "https://app.example" }));
  const exposed = called.headers.get("access-control-expose-headers")!;
  for (const name of ["grpc-status", "grpc-message", "authorization"]) {
    assert(exposed.split(", ").includes(name), exposed);
  }
  for (
    const origin of ["https://app.example.evil", "null", "http://app.example"]
  ) {
    const refused = await handler(preflight(origin));
    assertEquals(refused.headers.get(ALLOW), null, origin);
  }
});

test("flightHandler: cors options that cannot be used are refused", () => {
  for (
    const cors of [
      { origins: "*", credentials: true },
      { origins: ["https://app.example/path"] },
      { origins: ["https://app.example:443"] },
      { origins: ["https://*.example"] },
      { origins: ["App.example"] },
      { origins: 1 },
    ]
  ) {
    assertThrows(
      () => flightHandler(SERVICE, { cors: cors as never }),
      TypeError,
      "Cannot use option",
    );
  }
});

test("flightHandler: a call beyond the limit is refused", async () => {
  const { promise, resolve: go } = Promise.withResolvers<[]>();
  const handler = flightHandler({
    listActions: () => promise,
  }, { maxConcurrentCalls: 1 });
  const first = handler(post());
  const second = await textOf(await handler(post()));
  assert(second.includes("maxConcurrentCalls"), second);
  go([]);
  assert((await textOf(await first)).includes("grpc-status: 0"));
});

test("flightHandler: names what it was given in the place of a Request", async () => {
  const handler = flightHandler(SERVICE) as (request: unknown) => unknown;
  const headers = { "content-type": "application/grpc-web+proto" };
  const given: [value: unknown, text: string][] = [
    [undefined, "Cannot answer undefined: the handler takes a Request"],
    [PATH, "Cannot answer string: the handler takes a Request"],
    [{ req: { raw: post() } }, "of Hono it is handler(context.req.raw)"],
    [
      { method: "POST", url: "/a.B/C", headers },
      "for node:http and Express getRequestListener(handler)",
    ],
    [
      { method: "POST", url: "/a.B/C", headers: new Headers(headers) },
      "an absolute URL",
    ],
  ];
  for (const [value, text] of given) {
    await assertRejects(async () => await handler(value), TypeError, text);
  }
});

test("flightHandler: refuses a Request whose body was read before", async () => {
  const text = "the handler must come before what reads it";
  const read = post();
  await read.arrayBuffer();
  const locked = post();
  locked.body!.getReader();
  for (const request of [read, locked]) {
    await assertRejects(() => flightHandler(SERVICE)(request), TypeError, text);
  }
  const copy = post();
  const response = await flightHandler(SERVICE)(copy.clone());
  assertEquals(response.status, 200);
});
