/** A server that asks for an authorization header, on every transport. */
import { assert, assertEquals } from "@std/assert";
import type { FlightHeaders, FlightService } from "@contrail/flight";
import {
  knownPasswords,
  serverHeaderAuth,
  type ServerHeaderAuthOptions,
  signedTokens,
} from "@contrail/flight/auth";
import { assertFlightError } from "../support/rejections.ts";
import { type Connected, interceptorTest } from "../support/transports.ts";

const text = (value: string) => new TextEncoder().encode(value);
const read = (bytes?: Uint8Array) => new TextDecoder().decode(bytes);

const WHO: FlightService = {
  *doAction(_action, { peerIdentity }) {
    yield { body: text(peerIdentity ?? "nobody") };
  },
};

const PASSWORDS = knownPasswords({ ada: "1815", grace: "a:b", ünï: "cödé" });

/** Returns the identity that the server sees, and the headers of its answer. */
async function who(
  { client }: Connected,
  authorization?: string,
): Promise<[string, FlightHeaders]> {
  let headers: FlightHeaders;
  const [result] = await Array.fromAsync(client.doAction("who", {
    headers: authorization === undefined ? {} : { authorization },
    onHeaders: (received) => headers = received,
  }));
  return [read(result!.body), headers!];
}

function basic(pair: string, padding = true): string {
  const base64 = btoa(String.fromCharCode(...text(pair)));
  return `Basic ${padding ? base64 : base64.replace(/=+$/, "")}`;
}

interceptorTest(
  "serverHeaderAuth(): Basic is answered with a Bearer token, on any call",
  async (connectTo) => {
    await using peer = await connectTo(WHO, {
      serverInterceptors: [serverHeaderAuth({ verifyPassword: PASSWORDS })],
    });
    for (
      const [authorization, identity] of [
        [basic("ada:1815"), "ada"],
        [basic("ada:1815", false), "ada"],
        [basic("ada:1815").replace("Basic ", "basic   "), "ada"],
        [basic("grace:a:b"), "grace"],
        [basic("ünï:cödé"), "ünï"],
      ] as const
    ) {
      const [found, headers] = await who(peer, authorization);
      assertEquals(found, identity, authorization);
      const bearer = headers.get("authorization")!;
      assert(/^Bearer [\w-]+\.[\w-]+$/.test(bearer), bearer);
      const [again, more] = await who(peer, bearer.replace("Bearer", "BEARER"));
      assertEquals(again, identity);
      assertEquals(more.has("authorization"), false);
    }
  },
);

interceptorTest(
  "serverHeaderAuth(): Basic is answered with a Bearer token, on a Handshake",
  async (connectTo) => {
    await using peer = await connectTo(WHO, {
      serverInterceptors: [serverHeaderAuth({ verifyPassword: PASSWORDS })],
    });
    const { readable, writable, headers } = peer.client.handshake({
      headers: { authorization: basic("ada:1815", false) },
    });
    await writable.close();
    assertEquals(await Array.fromAsync(readable), []);
    const bearer = (await headers).get("authorization")!;
    assertEquals((await who(peer, bearer))[0], "ada");
    // A known caller already talks to the service.
    const further = peer.client.handshake({
      headers: { authorization: bearer },
    });
    await assertFlightError(Array.fromAsync(further.readable), "UNIMPLEMENTED");
    const refused = peer.client.handshake({
      headers: { authorization: basic("ada:1816") },
    });
    await assertFlightError(
      Array.fromAsync(refused.readable),
      "UNAUTHENTICATED",
      "[unauthenticated] Handshake: wrong user name or password",
    );
  },
);

interceptorTest(
  "serverHeaderAuth(): whoever is not known is refused",
  async (connectTo) => {
    let calls = 0;
    await using peer = await connectTo({
      doAction: () => {
        calls++;
      },
    }, {
      serverInterceptors: [serverHeaderAuth({ verifyPassword: PASSWORDS })],
    });
    const other = await signedTokens().issue("ada");
    for (
      const [authorization, details] of [
        [undefined, "the call has no authorization"],
        ["", "the scheme of the authorization is not accepted"],
        ["Basic", "the scheme of the authorization is not accepted"],
        [
          "Digest username=ada",
          "the scheme of the authorization is not accepted",
        ],
        ["1815", "the scheme of the authorization is not accepted"],
        ["Basic ???", "the authorization is malformed"],
        [`Basic ${btoa("ada")}`, "the authorization is malformed"],
        [basic(":"), "wrong user name or password"],
        [basic("ada:"), "wrong user name or password"],
        [basic("ada:1815 "), "wrong user name or password"],
        [basic("eve:1815"), "wrong user name or password"],
        ["Bearer x", "the token is not valid"],
        [`Bearer ${other}`, "the token is not valid"],
      ] as const
    ) {
      const error = await assertFlightError(
        who(peer, authorization),
        "UNAUTHENTICATED",
        `[unauthenticated] DoAction: ${details}`,
      );
      assertEquals(error.headers?.has("authorization") ?? false, false);
    }
    assertEquals(calls, 0);
    assertEquals(peer.errors, []);
  },
);

interceptorTest(
  "serverHeaderAuth(): calls without the header may be allowed",
  async (connectTo) => {
    await using peer = await connectTo(WHO, {
      serverInterceptors: [
        serverHeaderAuth({ verifyPassword: PASSWORDS, required: false }),
      ],
    });
    assertEquals((await who(peer))[0], "nobody");
    assertEquals((await who(peer, basic("ada:1815")))[0], "ada");
    // Wrong credentials are not the same as none.
    await assertFlightError(who(peer, "Bearer x"), "UNAUTHENTICATED");
  },
);

interceptorTest(
  "serverHeaderAuth(): tokens of one's own, with Basic or without",
  async (connectTo) => {
    const verify = (token: string) => token === "opaque" ? "ada" : undefined;
    const connect = (options: ServerHeaderAuthOptions) =>
      connectTo(WHO, { serverInterceptors: [serverHeaderAuth(options)] });

    await using issuing = await connect({
      verifyPassword: PASSWORDS,
      tokens: { verify, issue: () => "opaque" },
    });
    const [, headers] = await who(issuing, basic("ada:1815"));
    assertEquals(headers.get("authorization"), "Bearer opaque");
    assertEquals((await who(issuing, "Bearer opaque"))[0], "ada");

    await using verifying = await connect({
      verifyPassword: PASSWORDS,
      tokens: { verify },
    });
    const [identity, none] = await who(verifying, basic("ada:1815"));
    assertEquals([identity, none.has("authorization")], ["ada", false]);

    await using bearerOnly = await connect({ tokens: { verify } });
    assertEquals((await who(bearerOnly, "Bearer opaque"))[0], "ada");
    await assertFlightError(
      who(bearerOnly, basic("ada:1815")),
      "UNAUTHENTICATED",
      /the scheme of the authorization is not accepted$/,
    );
  },
);

interceptorTest(
  "serverHeaderAuth(): what fails in the server stays there",
  async (connectTo) => {
    const fail = () => {
      throw new Error("password of the database");
    };
    await using peer = await connectTo(WHO, {
      serverInterceptors: [
        serverHeaderAuth({ verifyPassword: fail, tokens: { verify: fail } }),
      ],
    });
    for (const authorization of [basic("ada:1815"), "Bearer x"]) {
      await assertFlightError(
        who(peer, authorization),
        "UNKNOWN",
        "[unknown] DoAction: the service failed to handle the call",
      );
    }
    assertEquals(peer.errors.length, 2);
  },
);
