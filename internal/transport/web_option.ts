/** The option `web` of servers. */

import { shown } from "../core/check_option.ts";
import { Cors, type CorsOptions } from "../grpc/web/cors.ts";

/** Default of `healthPath`, as Kubernetes has it in its examples. */
const DEFAULT_HEALTH_PATH = "/healthz";

/** Options of gRPC-Web on the port of gRPC. */
export interface WebOptions extends Partial<CorsOptions> {
  /**
   * Path at which GET and HEAD tell the health of the server: 200 while it is SERVING, 503 otherwise. A
   * `HealthService` among the `services` decides, by its status of `""`; without one, the server is
   * SERVING until it shuts down. It needs no authentication. `false` for none. Default: `/healthz`.
   */
  readonly healthPath?: string | false | undefined;
}

/** Checked options of gRPC-Web. */
export interface WebSettings {
  /** Permissions for pages of other origins. */
  readonly cors: Cors;
  /** Path that tells the health; undefined if there is none. */
  readonly healthPath: string | undefined;
}

/**
 * Checks the option.
 *
 * @param web The option.
 * @returns The settings; undefined without gRPC-Web.
 * @throws {TypeError} When it is of the wrong type, an origin is none, or a path is none.
 * @throws {RangeError} When a number is out of range.
 */
export function webOf(
  web: boolean | WebOptions | undefined,
): WebSettings | undefined {
  if (web === undefined || web === false) return undefined;
  if (web === true) {
    return { cors: new Cors(), healthPath: DEFAULT_HEALTH_PATH };
  }
  if (typeof web !== "object" || Array.isArray(web)) {
    throw new TypeError(
      `Cannot use option web: ${
        shown(web)
      } is neither true or false, nor an object`,
    );
  }
  const { origins = [], healthPath = DEFAULT_HEALTH_PATH } = web ?? {};
  return {
    cors: new Cors(web && { ...web, origins }, "web"),
    healthPath: healthPathOf(healthPath),
  };
}

function healthPathOf(path: unknown): string | undefined {
  if (path === false) return undefined;
  if (
    typeof path === "string" && /^\/[\x21-\x7e]*$/.test(path) &&
    !/[?#]/.test(path)
  ) {
    return path;
  }
  throw new TypeError(
    `Cannot use option healthPath: ${
      shown(path)
    } is neither false, nor a path such as "/healthz"`,
  );
}
