/** Every example must end well, and print what it promises. */
import { assertEquals, assertMatch } from "@std/assert";
import { test } from "node:test";
import {
  runProgram,
  sendSignal,
  startProgram,
} from "../support/run_program.ts";

/** Every test starts a process. */
const options = { timeout: 60_000 };

const OUTPUTS: Readonly<Record<string, string>> = {
  acknowledged_upload: `stored: batch 1
stored: batch 2
stored: batch 3
complete: true
`,
  authentication: `hello ada
[unauthenticated] Handshake: wrong user name or password
`,
  errors: `[not found] DoGet: no data for this ticket
[permission denied] DoGet: not for you
  extra: ask Ada
logged by DoGet: Error: password of the database: 1234
[unknown] DoGet: the service failed to handle the call
[deadline exceeded] DoGet: the deadline has passed
`,
  "first_steps/actions_and_exchange": "hello, Ada 3\n2 4 6\n",
  "first_steps/get_a_table": `Oslo: 125 minutes
Lima: 740 minutes
Bonn: 55 minutes
`,
  "first_steps/handle_errors": `numbers: UNAVAILABLE
numbers: 3 rows
letters: NOT_FOUND
`,
  "first_steps/key_value_store": `users/bob: deleted
users/eve: there was none
users/ada: 3 rows
`,
  "first_steps/upload_a_table": "numbers: 3\nmany/numbers: 6\n",
  many_endpoints: `part 0: Ada
part 1: Bob
part 2: Ada
part 3: Bob
1000 rows
Ada has gone home
part 0: Bob
part 1: Bob
part 2: Bob
part 3: Bob
1000 rows
`,
  progress_of_a_query: `0 %
25 %
50 %
75 %
100 %
[
  {"answer": 42}
]
`,
  proxy: "through the proxy: 1 2 3\ncopied: 2 messages\n",
  sessions: `Grüß Gott
buongiorno
language: INVALID_VALUE
hello
`,
  sql: `1993 Debut
1995 Post
3 rows changed
2 rows left
`,
  transform: "1 2\n3 4 5\n",
};

for (const [name, stdout] of Object.entries(OUTPUTS)) {
  test(`example ${name}`, options, async () => {
    assertEquals(await runProgram(`examples/${name}.ts`, []), {
      code: 0,
      stdout,
      stderr: "",
    });
  });
}

test("examples server and client", options, async () => {
  const server = startProgram("examples/server.ts", ["0"]);
  try {
    await new Promise((resolve, reject) => {
      server.child.stdout!.once("data", resolve);
      server.ended.then(() => reject(new Error(server.stderr)), reject);
    });
    const [, uri] = /^Listening on (\S+)$/m.exec(server.stdout) ?? [];
    const { code, stdout, stderr } = await runProgram(
      "examples/client.ts",
      [uri!],
    );
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertMatch(stdout, /^Everest: 8849 m$/m);
  } finally {
    sendSignal(server, "SIGTERM");
  }
  assertEquals(await server.ended, 0);
});
