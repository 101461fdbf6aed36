import { test } from "node:test";
import { setImmediate } from "node:timers";
import { assert } from "@std/assert";
import { pathDescriptor } from "@contrail/flight";
import { connectWeb } from "@contrail/flight/web";
import { filled } from "../../support/numbers.ts";
import { rejection } from "../../support/rejections.ts";

test("connectWeb: others have their turn while a fast source is uploaded", async () => {
  let hadTurn = false;
  await using client = connectWeb("http://127.0.0.1:8815", {
    // As Node.js's own does while the socket has room: in a loop of promises.
    async fetch(request) {
      const reader = request.body!.getReader();
      while (!(await reader.read()).done);
      return new Response(undefined, { status: 500 });
    },
    duplex: "full",
  });
  let sent = 0;
  const batches = (function* () {
    setImmediate(() => hadTurn = true);
    for (; sent < 200 && !hadTurn; sent++) yield filled(1 << 14, sent);
  })();
  await rejection(client.doPut(pathDescriptor("some")).writeAll(batches));
  assert(hadTurn && sent < 200, `${sent} batches without a turn`);
});
