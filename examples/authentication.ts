/** Logging in: user name and password once, a token from then on. */

import { connect, FlightError, serve } from "@contrail/flight";
import {
  clientBasicAuth,
  knownPasswords,
  serverHeaderAuth,
} from "@contrail/flight/auth";

await using server = await serve({
  *doAction(_action, { peerIdentity }) {
    yield { body: `hello ${peerIdentity}` };
  },
}, {
  interceptors: [
    serverHeaderAuth({
      verifyPassword: knownPasswords({ ada: "1815", grace: "1906" }),
    }),
  ],
});

for (const password of ["1815", "1234"]) {
  await using client = connect(server.location, {
    interceptors: [clientBasicAuth({ username: "ada", password })],
  });
  try {
    for await (const result of client.doAction("greet")) {
      console.log(result.text());
    }
  } catch (error) {
    if (!FlightError.is(error)) throw error;
    console.log(error.message);
  }
}
