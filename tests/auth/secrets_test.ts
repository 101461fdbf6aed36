/** No secret appears in a log line or an error text: everything that comes out is searched. */
import { assert, assertEquals } from "@std/assert";
import { inspect } from "node:util";
import {
  FlightError,
  type FlightService,
  pathDescriptor,
} from "@contrail/flight";
import {
  clientBasicAuth,
  clientBasicHandshake,
  clientBearerAuth,
  clientHandshakeAuth,
  knownPasswords,
  serverBasicHandshake,
  serverHandshakeAuth,
  serverHeaderAuth,
} from "@contrail/flight/auth";
import {
  callLogging,
  callTelemetry,
  clientCookies,
  clientRetry,
  CookieJar,
  type FlightInterceptor,
  type OpenTelemetryApi,
} from "@contrail/flight/middleware";
import {
  serverSessions,
  sessionMethods,
  statelessServerSessions,
} from "@contrail/flight/session";
import { type ConnectTo, interceptorTest } from "../support/transports.ts";

const PASSWORD = "hush-password";
const TOKEN = "hush-token";
const KEY = "hush-key-of-at-least-thirty-two-bytes";
const OPTION = "hush-option";

/** The secret, and what becomes of it in headers. */
const SECRETS = [PASSWORD, TOKEN, KEY, OPTION].flatMap((secret) => [
  secret,
  btoa(secret).replace(/=+$/, "").slice(0, -1),
  btoa(`ada:${secret}`).replace(/=+$/, "").slice(0, -1),
  [...new TextEncoder().encode(secret)]
    .map((byte) => byte.toString(16).padStart(2, "0")).join(""),
]);

/** Runs with a console whose lines are kept. */
async function consoleOf(run: () => Promise<void>): Promise<string[]> {
  const lines: string[] = [];
  const methods = ["debug", "log", "info", "warn", "error", "trace"] as const;
  const originals = methods.map((method) => console[method]);
  for (const method of methods) {
    console[method] = (...values: unknown[]) =>
      void lines.push(
        values.map((value) =>
          typeof value === "string" ? value : inspect(value, { depth: 10 })
        ).join(" "),
      );
  }
  try {
    await run();
  } finally {
    methods.forEach((method, i) => console[method] = originals[i]!);
  }
  return lines;
}

/** Everything that an error says, to whom it is printed or logged. */
function textsOf(error: unknown): string[] {
  const texts: string[] = [];
  for (
    let one = error as FlightError | undefined;
    one !== undefined && one !== null;
    one = one.cause as FlightError | undefined
  ) {
    texts.push(
      String(one),
      String(one.stack),
      String(one.details),
      inspect(one, { depth: 10 }),
      JSON.stringify(one) ?? "",
    );
  }
  return texts;
}

/** An API of OpenTelemetry that keeps what it is told. */
function telemetryOf(texts: string[]): OpenTelemetryApi {
  const keep = (...values: unknown[]) =>
    void texts.push(inspect(values, { depth: 10 }));
  return {
    trace: {
      getTracer: () => ({
        startSpan(name, options) {
          keep(name, options);
          return { setAttributes: keep, setStatus: keep, end: () => {} };
        },
      }),
      setSpan: (context) => context,
    },
    metrics: {
      getMeter: () => ({ createHistogram: () => ({ record: keep }) }),
    },
    context: { active: () => ({}), with: (_context, run) => run() },
    propagation: { inject: () => {}, extract: (context) => context },
  };
}

/** Service with options of a session, and errors of each kind. */
const SERVICE: FlightService = {
  ...sessionMethods(),
  doGet: () => undefined,
  getSchema() {
    throw new Error("a mistake of the handler");
  },
};

interface Setting {
  readonly client: readonly FlightInterceptor[];
  readonly server: readonly FlightInterceptor[];
}

const ada = (password: string) => ({ username: "ada", password });
const verifyPassword = knownPasswords({ ada: PASSWORD });

/** A token that stays the same. */
const tokens = {
  issue: () => TOKEN,
  verify: (token: string) => token === TOKEN ? "ada" : undefined,
};

const SETTINGS: Readonly<Record<string, () => Setting>> = {
  "Handshake": () => ({
    client: [clientHandshakeAuth(clientBasicHandshake(ada(PASSWORD)))],
    server: [
      serverHandshakeAuth(serverBasicHandshake({ verifyPassword, tokens })),
    ],
  }),
  "Handshake, refused": () => ({
    client: [clientHandshakeAuth(clientBasicHandshake(ada(`${PASSWORD}?`)))],
    server: [
      serverHandshakeAuth(serverBasicHandshake({ verifyPassword, tokens })),
    ],
  }),
  "Basic": () => ({
    client: [clientBasicAuth(ada(PASSWORD))],
    server: [serverHeaderAuth({ verifyPassword, tokens })],
  }),
  "Basic, refused": () => ({
    client: [clientBasicAuth(ada(`${PASSWORD}?`))],
    server: [serverHeaderAuth({ verifyPassword, tokens })],
  }),
  "Bearer": () => ({
    client: [clientBearerAuth(() => TOKEN)],
    server: [serverHeaderAuth({ tokens })],
  }),
  "Bearer, refused": () => ({
    client: [clientBearerAuth(() => `${TOKEN}?`)],
    server: [serverHeaderAuth({ tokens })],
  }),
  "Bearer that is no header": () => ({
    client: [clientBearerAuth(() => `${TOKEN}\n`)],
    server: [],
  }),
  "Bearer with the scheme forgotten": () => ({
    client: [(call, next) => {
      call.headers.set("authorization", TOKEN);
      return next(call);
    }],
    server: [serverHeaderAuth({ tokens })],
  }),
  "verifying fails": () => ({
    client: [clientBasicAuth(ada(PASSWORD))],
    server: [serverHeaderAuth({
      verifyPassword: () => {
        throw new TypeError("no database");
      },
    })],
  }),
  "sessions": () => ({ client: [], server: [serverSessions()] }),
  "sessions in cookies": () => ({
    client: [],
    server: [statelessServerSessions({ keys: [KEY] })],
  }),
};

/** Makes calls that succeed and calls that fail, and gives all that was said about them. */
async function everythingSaid(
  connectTo: ConnectTo,
  { client, server }: Setting,
): Promise<string[]> {
  const said: string[] = [];
  const entry = (entry: unknown) =>
    void said.push(inspect(entry, { depth: 10 }), JSON.stringify(entry));
  const watching = () => [
    callLogging(),
    callLogging({ headers: true, log: entry }),
    callTelemetry({ api: telemetryOf(said) }),
  ];
  const jar = new CookieJar();
  const lines = await consoleOf(async () => {
    await using peer = await connectTo(SERVICE, {
      clientInterceptors: [
        ...watching(),
        clientRetry({ initialBackoffMs: 0, codes: ["UNKNOWN", "UNAVAILABLE"] }),
        clientCookies(jar),
        ...client,
        ...watching(),
      ],
      serverInterceptors: [...watching(), ...server, ...watching()],
    });
    const note = (error: unknown) => void said.push(...textsOf(error));
    const { client: caller } = peer;
    await caller.setSessionOptions({ option: OPTION }).catch(note);
    await caller.getSessionOptions().catch(note);
    await caller.getSchema(pathDescriptor("x")).catch(note);
    await caller.doGet("x").table().catch(note);
    await caller.getSessionOptions({
      headers: { cookie: `arrow_flight_session_id=${TOKEN}` },
    }).catch(note);
    await caller.closeSession().catch(note);
    said.push(inspect([caller, jar, client, server], { depth: 10 }));
    peer.errors.forEach(note);
  });
  return [...said, ...lines];
}

for (const [name, setting] of Object.entries(SETTINGS)) {
  interceptorTest(`no secret is said: ${name}`, async (connectTo) => {
    const said = await everythingSaid(connectTo, setting());
    assert(said.length > 50, `${said.length} texts`);
    for (const text of said) {
      for (const secret of SECRETS) {
        assert(!text.includes(secret), `${secret} in ${text}`);
      }
    }
  });
}

interceptorTest("a secret that is said is found", async (connectTo) => {
  const said = await everythingSaid(connectTo, {
    client: [(call, next) => {
      call.headers.set("x-innocent", TOKEN);
      return next(call);
    }],
    server: [(call, next) => {
      if (call.method !== "DoGet") return next(call);
      throw new FlightError("INTERNAL", `${PASSWORD} is wrong`);
    }],
  });
  const found = [TOKEN, PASSWORD].map((secret) =>
    said.some((text) => text.includes(secret))
  );
  assertEquals(found, [true, true]);
});
