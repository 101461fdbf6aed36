/**
 * Stops grpc-js from printing secrets, as a side effect of this module. It logs
 * whole headers that it cannot read, including any secret of a peer in them,
 * and failures to listen, which are reported anyway. An application that calls
 * grpc-js's `setLogger` itself replaces this.
 */

import { setLogger } from "@grpc/grpc-js";

const SUPPRESSED = /Failed to add metadata entry|No address added out of total/;

setLogger({
  error(message: string, ...rest: unknown[]): void {
    if (!SUPPRESSED.test(message)) console.error(`E ${message}`, ...rest);
  },
  info(message: string, ...rest: unknown[]): void {
    console.error(`I ${message}`, ...rest);
  },
  debug(message: string, ...rest: unknown[]): void {
    console.error(`D ${message}`, ...rest);
  },
});
