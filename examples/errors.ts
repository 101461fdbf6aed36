/** Errors of a handler, as the client sees them. */

import { connect, FlightError, serve } from "@contrail/flight";

await using server = await serve({
  async doGet(ticket, { signal }) {
    switch (ticket.text()) {
      case "nothing":
        return undefined;
      case "secret":
        throw new FlightError("PERMISSION_DENIED", "not for you", {
          extraInfo: new TextEncoder().encode("ask Ada"),
        });
      case "bug":
        throw new Error("password of the database: 1234");
      default: // Longer than the client will wait.
        await new Promise((resolve) => signal.onabort = resolve);
    }
  },
}, {
  onError: (error, { method }) => console.log(`logged by ${method}: ${error}`),
});

await using client = connect(server.location);
for (const ticket of ["nothing", "secret", "bug", "slow"]) {
  try {
    await client.doGet(ticket, { timeoutMs: 500 }).table();
  } catch (error) {
    if (!FlightError.is(error)) throw error;
    console.log(error.message);
    if (error.extraInfo) {
      console.log(`  extra: ${new TextDecoder().decode(error.extraInfo)}`);
    }
  }
}
