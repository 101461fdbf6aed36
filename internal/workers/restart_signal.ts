/** The signal that replaces workers. */

import process from "node:process";

import { handled } from "../base/handled.ts";
import type { FlightWorkers } from "./flight_workers.ts";

/** Signal that service managers send after an update, and that ends nothing by itself here. */
const RESTART_SIGNAL = "SIGUSR2";

/** Replaces workers one after the other each time the process gets SIGUSR2. */
export function restartOnSignal(workers: FlightWorkers): void {
  const restart = (): void => {
    workers.restart().catch((error: Error) => {
      process.stderr.write(`flight: ${error.message}\n`);
    });
  };
  process.on(RESTART_SIGNAL, restart);
  handled(workers.closed.then(() => process.off(RESTART_SIGNAL, restart)));
}
