/** The permissions in docs/runtimes.md are sufficient, and necessary. */

import { assertEquals, assertMatch } from "@std/assert";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { leaveDeadSocket } from "./support/dead_socket.ts";
import { runProgram } from "./support/run_program.ts";

/** Every test starts a process. */
const options = { timeout: 60_000 };
/** Other runtimes have no permissions. */
const denoOnly = { ...options, skip: !("Deno" in globalThis) };

async function bothEnds(
  permissions: readonly string[],
  options: Record<string, unknown> = {},
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(
    "tests/permissions/both_ends.ts",
    [JSON.stringify(options)],
    permissions,
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  return stdout;
}

// grpc-js reads the environment as it is loaded: it is not.
test("a server and a client need the network only", options, async () => {
  assertEquals(await bothEnds(["--allow-net"]), "3\n");
});

test("a server and a client need one address only", options, async () => {
  assertEquals(await bothEnds(["--allow-net=127.0.0.1"]), "3\n");
});

test("a Unix socket needs reading and writing besides", options, async () => {
  const directory = await mkdtemp(join(tmpdir(), "flight_permissions_"));
  try {
    const path = join(directory, "socket");
    const permissions = [
      `--allow-net=unix:${path}`,
      `--allow-read=${path}`,
      `--allow-write=${path}`,
    ];
    assertEquals(await bothEnds(permissions, { server: { path } }), "3\n");
    // One that a killed server has left is taken over with no more than that.
    await leaveDeadSocket(path);
    assertEquals(await bothEnds(permissions, { server: { path } }), "3\n");
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("TLS needs reading for the files that it is given", options, async () => {
  const file = (name: string) => ({ file: `tests/certs/${name}.pem` });
  const tls = {
    certificateChain: file("server_cert"),
    privateKey: file("server_key"),
  };
  const client = { tls: { rootCertificates: file("ca_cert") } };
  const hosts = { server: { tls, hostname: "localhost" } };
  assertEquals(
    await bothEnds(["--allow-net", "--allow-read=tests/certs"], {
      ...hosts,
      client,
    }),
    "3\n",
  );
  // The runtime knows its own roots without a permission.
  assertMatch(
    await bothEnds(["--allow-net", "--allow-read=tests/certs"], hosts),
    /^\[unavailable\] DoGet: cannot connect to .*certificate/,
  );
});

test("grpc-js needs the environment besides", options, async () => {
  const transport = "grpc-js";
  assertEquals(
    await bothEnds(["--allow-net", "--allow-env"], {
      server: { transport },
      client: { transport },
    }),
    "3\n",
  );
});

test(
  "grpc-js is loaded where it is chosen, and says what it lacks",
  denoOnly,
  async () => {
    const transport = "grpc-js";
    for (
      const sides of [{ server: { transport } }, { client: { transport } }]
    ) {
      assertMatch(
        await bothEnds(["--allow-net"], sides),
        /^\[failed precondition\] (?:DoGet: )?cannot load @grpc\/grpc-js: .*env/,
      );
    }
  },
);
