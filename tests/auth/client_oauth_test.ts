/** A client that gets its token from an OAuth server. */

import { FlightError } from "@contrail/flight";
import {
  clientOAuth,
  type ClientOAuthOptions,
  serverHeaderAuth,
} from "@contrail/flight/auth";
import { connectInMemory } from "@contrail/flight/memory";
import { assert, assertEquals, assertThrows } from "@std/assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { event } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { interceptorTest } from "../support/transports.ts";
import { WHO, who, whoUploads } from "../support/who.ts";

const SECRET = "s3cret & more";
const TOKEN_URL = "https://login.example/token";

/** A token endpoint that gives the tokens 1, 2, 3, and notes the requests. */
class TokenEndpoint {
  readonly requests: { authorization: string | null; body: string }[] = [];
  answer: (count: number) => Response | Promise<Response> = (count) =>
    Response.json({ access_token: `token ${count}`, token_type: "bearer" });

  readonly fetch: typeof fetch = async (input, init) => {
    assertEquals(String(input), TOKEN_URL);
    const request = new Request(TOKEN_URL, {
      method: init!.method!,
      headers: init!.headers!,
      body: init!.body!,
    });
    const authorization = request.headers.get("authorization");
    this.requests.push({ authorization, body: await request.text() });
    return await this.answer(this.requests.length);
  };

  options(more: Partial<ClientOAuthOptions> = {}): ClientOAuthOptions {
    return {
      tokenUrl: TOKEN_URL,
      clientId: "flight:client",
      clientSecret: SECRET,
      fetch: this.fetch,
      ...more,
    };
  }
}

/** A client whose server knows the owner of each token. */
function joined(options: ClientOAuthOptions) {
  const client = connectInMemory(WHO, {
    serverInterceptors: [serverHeaderAuth({
      tokens: { verify: (token) => `owner of ${token}` },
    })],
    interceptors: [clientOAuth(options)],
  });
  return {
    client,
    [Symbol.asyncDispose]: () => client.close(),
  };
}

interceptorTest(
  "clientOAuth(): one token for all calls, and another when it is refused",
  async (connectTo) => {
    const endpoint = new TokenEndpoint();
    let valid = "token 1";
    await using peer = await connectTo(WHO, {
      serverInterceptors: [serverHeaderAuth({
        tokens: { verify: (token) => token === valid ? "ada" : undefined },
      })],
      clientInterceptors: [clientOAuth(endpoint.options({ scope: "a b" }))],
    });
    const all = await Promise.all([who(peer), who(peer), whoUploads(peer)]);
    assertEquals(all, ["ada", "ada", "ada"]);
    const pair = "flight%3Aclient:s3cret+%26+more";
    assertEquals(endpoint.requests, [{
      authorization: `Basic ${btoa(pair)}`,
      body: "grant_type=client_credentials&scope=a+b",
    }]);
    valid = "token 2";
    assertEquals(await who(peer), "ada");
    assertEquals(endpoint.requests.length, 2);
  },
);

test("clientOAuth(): a token that expires is fetched anew before a call", async () => {
  const endpoint = new TokenEndpoint();
  endpoint.answer = (count) =>
    Response.json({
      access_token: `t${count}`,
      expires_in: ["0", 0, 3600][count - 1],
    });
  await using peer = joined(endpoint.options());
  for (const token of ["t1", "t2", "t3", "t3"]) {
    assertEquals(await who(peer), `owner of ${token}`);
  }
});

test("clientOAuth(): other grants, and credentials in the body", async () => {
  const endpoint = new TokenEndpoint();
  let exchanged = 0;
  await using inBody = joined(endpoint.options({
    credentialsIn: "body",
    parameters: () =>
      Promise.resolve({
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: `subject ${++exchanged}`,
      }),
  }));
  await who(inBody);
  await using withoutSecret = joined(endpoint.options({
    clientSecret: undefined,
    parameters: { audience: "flight" },
  }));
  await who(withoutSecret);
  const sent = endpoint.requests.map(({ authorization, body }) => {
    assertEquals(authorization, null);
    return Object.fromEntries(new URLSearchParams(body));
  });
  assertEquals(sent, [{
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: "subject 1",
    client_id: "flight:client",
    client_secret: SECRET,
  }, {
    grant_type: "client_credentials",
    audience: "flight",
    client_id: "flight:client",
  }]);
});

test("clientOAuth(): failures of the endpoint fail the calls", async () => {
  const endpoint = new TokenEndpoint();
  await using peer = joined(endpoint.options());
  const refusal = {
    error: "invalid_client",
    error_description: "no such\nclient",
  };
  for (
    const [answer, code, text] of [
      [
        () => Response.json(refusal, { status: 401 }),
        "UNAUTHENTICATED",
        'with HTTP status 401: "invalid_client": "no such\\nclient"',
      ],
      [
        () => new Response("<html>", { status: 400 }),
        "UNAUTHENTICATED",
        "refused it with HTTP status 400",
      ],
      [() => new Response("", { status: 503 }), "UNAVAILABLE", "status 503"],
      [() => Promise.reject(new Error("down")), "UNAVAILABLE", "be reached"],
      [() => new Response("null"), "INTERNAL", "without access_token"],
      [
        () => Response.json({ access_token: "t", token_type: "mac" }),
        "INTERNAL",
        'of the type "mac", not Bearer',
      ],
    ] as const
  ) {
    endpoint.answer = answer;
    const error = await assertFlightError(who(peer), code);
    assert(error.message.includes(text), error.message);
    assert(!error.message.includes("s3cret"));
  }
  // A failure is not kept.
  endpoint.answer = () => Response.json({ access_token: "t" });
  assertEquals(await who(peer), "owner of t");
});

test("clientOAuth(): an endpoint that does not answer is given up", async () => {
  await using peer = joined({
    tokenUrl: TOKEN_URL,
    clientId: "a",
    timeoutMs: 20,
    fetch: (_input, init) =>
      new Promise((_, reject) => {
        const { signal } = init!;
        signal!.addEventListener("abort", () => reject(signal!.reason));
      }),
  });
  const error = await assertFlightError(who(peer), "DEADLINE_EXCEEDED");
  assert(error.message.includes("within timeoutMs (20)"), error.message);
});

test("clientOAuth(): by HTTP, and without following a redirect", async () => {
  let isMoved = false;
  const server = createServer((request, response) => {
    assertEquals(request.method, "POST");
    if (isMoved) response.writeHead(307, { location: "/elsewhere" });
    else response.writeHead(200, { "content-type": "application/json" });
    response.end('{"access_token":"by-http","token_type":"Bearer"}');
  });
  const listening = event();
  server.listen(0, "127.0.0.1", () => listening.resolve());
  await listening.promise;
  try {
    const { port } = server.address() as AddressInfo;
    const options = {
      tokenUrl: new URL(`http://127.0.0.1:${port}/token`),
      clientId: "a",
      clientSecret: SECRET,
    };
    await using peer = joined(options);
    assertEquals(await who(peer), "owner of by-http");
    isMoved = true;
    await using moved = joined(options);
    await assertFlightError(
      who(moved),
      "UNAVAILABLE",
      /the OAuth token endpoint redirects, which is not followed/,
    );
  } finally {
    server.closeAllConnections();
    const closed = event();
    server.close(() => closed.resolve());
    await closed.promise;
  }
});

test("clientOAuth() refuses options that cannot be used", async () => {
  const guess = clientOAuth as (options: unknown) => unknown;
  const good = { tokenUrl: TOKEN_URL, clientId: "a" };
  guess({ ...good, tokenUrl: "http://localhost:8080/token" });
  for (
    const [options, text] of [
      [undefined, "option clientId"],
      [{ ...good, tokenUrl: "http://login.example/token" }, "tokenUrl"],
      [{ ...good, tokenUrl: "https://a:b@login.example/" }, "tokenUrl"],
      [{ ...good, tokenUrl: undefined }, "tokenUrl"],
      [{ ...good, clientSecret: 5 }, "option clientSecret: number is not"],
      [{ ...good, scope: ["a"] }, "option scope"],
      [{ ...good, parameters: { a: 1 } }, "option parameters.a: number is not"],
      [{ ...good, credentialsIn: "query" }, '"basic", "body"'],
      [{ ...good, timeoutMs: "5" }, "option timeoutMs"],
      [{ ...good, fetch: {} }, "option fetch"],
      [{ ...good, scopes: "a" }, "option scopes: there is none; did you mean"],
    ] as const
  ) {
    assertThrows(() => guess(options), TypeError, text);
  }
  await using peer = joined({
    ...good,
    parameters: () => ({ a: 1 }) as unknown as Record<string, string>,
  });
  const error = await rejection(who(peer));
  assert(error instanceof TypeError && !(error instanceof FlightError));
});
