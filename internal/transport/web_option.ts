/** The option `web` of servers. */

import type { OptionNames } from "../core/known_options.ts";
import { functionOption, shown } from "../core/check_option.ts";
import { Cors, CORS_OPTIONS, type CorsOptions } from "../grpc/web/cors.ts";
import { withoutBrackets } from "../protocol/location.ts";

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
  /**
   * Names by which clients may reach the server with gRPC-Web, WebSockets and other requests of HTTP, in
   * lower case and without the port, such as `localhost` or `::1`; or a function that decides, for which
   * it gets the name. Others get the status 421. A server for one machine needs it: the owner of a web
   * site can let its name point to that machine, and the pages of the site are then of the server's own
   * origin. gRPC and health checks are answered by any name. Default: all names.
   */
  readonly hosts?:
    | readonly string[]
    | ((host: string) => boolean)
    | undefined;
  /**
   * Answers GET and HEAD of all other paths, such as those for the files of a page, over HTTP/1.1 and
   * HTTP/2. The request has no body; its signal is aborted when the client has gone away. The body of the
   * answer is pulled; a failure ends the stream, or the connection. These requests are no calls: they
   * count toward no limit of calls, and no interceptor sees them. Default: a status 415.
   */
  readonly otherwise?:
    | ((request: Request) => Response | Promise<Response>)
    | undefined;
}

/** The names of {@linkcode WebOptions}. */
const WEB_OPTIONS: OptionNames<WebOptions> = {
  ...CORS_OPTIONS,
  healthPath: true,
  hosts: true,
  otherwise: true,
};

/** Checked options of gRPC-Web. */
export interface WebSettings {
  /** Permissions for pages of other origins. */
  readonly cors: Cors;
  /** Path that tells the health; undefined if there is none. */
  readonly healthPath: string | undefined;
  /** Reports whether a name is the server's; undefined if all are. */
  readonly hosts?: ((host: string) => boolean) | undefined;
  /** Answers requests that are no calls; undefined if they are refused. */
  readonly otherwise?:
    | ((request: Request) => Response | Promise<Response>)
    | undefined;
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
      } is neither true nor false, nor an object such as { origins: ["https://app.example"] }`,
    );
  }
  const { origins = [], healthPath = DEFAULT_HEALTH_PATH, hosts } = web ?? {};
  return {
    cors: new Cors(web && { ...web, origins }, "web", WEB_OPTIONS),
    healthPath: healthPathOf(healthPath),
    hosts: hostsOf(hosts),
    otherwise: functionOption("otherwise", web?.otherwise),
  };
}

function hostsOf(hosts: WebOptions["hosts"]): WebSettings["hosts"] {
  if (hosts === undefined) return undefined;
  if (typeof hosts === "function") return (host) => hosts(host) === true;
  if (!Array.isArray(hosts)) {
    throw new TypeError(
      `Cannot use option hosts: ${
        shown(hosts)
      } is neither an array of names, nor a function`,
    );
  }
  for (const host of hosts as readonly unknown[]) checkHost(host);
  const known = new Set<string>(hosts);
  return (host) => known.has(host);
}

/** A name with a port, or in upper case, would never match. */
function checkHost(host: unknown): void {
  if (typeof host === "string") {
    const url = `http://${host.includes(":") ? `[${host}]` : host}/`;
    if (URL.canParse(url)) {
      const { hostname } = new URL(url);
      if (withoutBrackets(hostname) === host) return;
    }
  }
  throw new TypeError(
    `Cannot use option hosts: ${
      shown(host)
    } is no name of a host, such as "localhost"`,
  );
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
