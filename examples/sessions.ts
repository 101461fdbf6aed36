/** A session: options that the server remembers of each client. */

import { connect, serve } from "@contrail/flight";
import { clientCookies } from "@contrail/flight/middleware";
import {
  serverSessions,
  SESSION,
  sessionMethods,
} from "@contrail/flight/session";

const GREETINGS: Readonly<Record<string, string>> = {
  en: "hello",
  de: "Grüß Gott",
  it: "buongiorno",
};

await using server = await serve({
  ...sessionMethods({
    check: (name, value) =>
      name !== "language"
        ? "INVALID_NAME"
        : Object.hasOwn(GREETINGS, String(value))
        ? undefined
        : "INVALID_VALUE",
  }),
  *doAction(_action, { values }) {
    const language = values.get(SESSION)!.options.get("language") ?? "en";
    yield { body: GREETINGS[String(language)]! };
  },
}, { interceptors: [serverSessions()] });

for (const language of ["de", "it", "tlh"]) {
  await using client = connect(server.location, {
    interceptors: [clientCookies()],
  });
  const { errors } = await client.setSessionOptions({ language });
  for (const [name, error] of errors) console.log(`${name}: ${error}`);
  for await (const result of client.doAction("greet")) {
    console.log(result.text());
  }
}
