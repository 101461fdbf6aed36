/** Arrow's scenarios of Flight SQL, client and server of this package, on every transport. */

import { SCENARIOS } from "../interop/scenarios/scenarios.ts";
import { rpcTest } from "../support/transports.ts";

for (
  const name of ["flight_sql", "flight_sql:extension", "flight_sql:ingestion"]
) {
  rpcTest(`scenario ${name}`, async (join) => {
    const { service, run } = SCENARIOS[name]!;
    const nowhere = (): never => {
      throw new Error("the scenario needs no location");
    };
    await using joined = await join(service(nowhere));
    await run({ client: joined.client, connect: nowhere });
  });
}
