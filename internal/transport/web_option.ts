/** The option `web` of servers. */

import { shown } from "../core/check_option.ts";
import { Cors, type CorsOptions } from "../grpc/web/cors.ts";

/**
 * Checks the option.
 *
 * @param web The option.
 * @returns The permissions for pages; undefined without gRPC-Web.
 * @throws {TypeError} When it is of the wrong type, or an origin is none.
 * @throws {RangeError} When a number is out of range.
 */
export function webOf(
  web: boolean | CorsOptions | undefined,
): Cors | undefined {
  if (web === undefined || web === false) return undefined;
  if (web === true) return new Cors();
  if (typeof web !== "object") {
    throw new TypeError(
      `Cannot use option web: ${
        shown(web)
      } is neither true or false, nor an object`,
    );
  }
  return new Cors(web, "web");
}
