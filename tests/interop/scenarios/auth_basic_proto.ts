/**
 * `auth:basic_proto`: a Handshake with the message BasicAuth, whose token is the
 * user name.
 *
 * @module
 */
import { assertEquals, assertRejects } from "@std/assert";
import { FlightError } from "../../../mod.ts";
import {
  clientBasicHandshake,
  clientHandshakeAuth,
  knownPasswords,
  serverBasicHandshake,
  serverHandshakeAuth,
} from "../../../auth.ts";
import { bytes, type Scenario, text } from "./scenario.ts";

const NAME = "arrow";
const PASSWORD = "flight";

/** The scenario. */
export const AUTH_BASIC_PROTO: Scenario = {
  service: () => ({
    *doAction(_action, { peerIdentity }) {
      yield { body: bytes(peerIdentity!) };
    },
  }),
  serveOptions: {
    interceptors: [
      serverHandshakeAuth(serverBasicHandshake({
        verifyPassword: knownPasswords({ [NAME]: PASSWORD }),
        tokens: {
          issue: (identity) => identity,
          verify: (token) => token === NAME ? NAME : undefined,
        },
      })),
    ],
  },
  async run({ client, connect }) {
    const action = { type: "" };
    const error = await assertRejects(
      () => Array.fromAsync(client.doAction(action)),
      FlightError,
    );
    assertEquals(error.code, "UNAUTHENTICATED");

    await using known = connect({
      interceptors: [
        clientHandshakeAuth(
          clientBasicHandshake({ username: NAME, password: PASSWORD }),
        ),
      ],
    });
    const results = await Array.fromAsync(known.doAction(action));
    assertEquals(results.map(({ body }) => text(body)), [NAME]);
  },
};
