/**
 * grpcurl and grpc-health-probe, which know nothing of this package.
 *
 * @module
 */
import { findGoTool } from "../programs/go_tools.ts";
import { fromFileUrl } from "../programs/paths.ts";
import { type Outcome, runCommand } from "../../../tools/run_command.ts";

/** The grpcurl that we are tested with. */
export const GRPCURL_VERSION = "1.9.4";

/** The grpc-health-probe that we are tested with. */
export const HEALTH_PROBE_VERSION = "0.4.41";

/** A call takes milliseconds. */
const CALL_TIMEOUT_MS = 30_000;

const CA_CERTIFICATE = fromFileUrl(
  new URL("../../certs/ca_cert.pem", import.meta.url),
);

/** The paths of both programs. */
export interface GrpcToolPaths {
  /** Of grpcurl. */
  readonly grpcurl: string;
  /** Of grpc-health-probe. */
  readonly healthProbe: string;
}

/** Finds both, or says why one is missing. */
export async function findGrpcTools(): Promise<
  GrpcToolPaths | { readonly problem: string }
> {
  const grpcurl = await findGoTool({
    name: "grpcurl",
    version: GRPCURL_VERSION,
    module: `github.com/fullstorydev/grpcurl@v${GRPCURL_VERSION}`,
    folder: "./cmd/grpcurl",
  });
  if ("problem" in grpcurl) return grpcurl;
  const healthProbe = await findGoTool({
    name: "grpc-health-probe",
    version: HEALTH_PROBE_VERSION,
    module:
      `github.com/grpc-ecosystem/grpc-health-probe@v${HEALTH_PROBE_VERSION}`,
    folder: ".",
  });
  if ("problem" in healthProbe) return healthProbe;
  return { grpcurl: grpcurl.path, healthProbe: healthProbe.path };
}

/** Both programs, as they talk to one server. */
export class GrpcTools {
  readonly #paths: GrpcToolPaths;
  readonly #address: string;
  readonly #tls: boolean;

  /**
   * @param paths The programs.
   * @param port Where the server listens on this machine.
   * @param tls Whether it does so with TLS.
   */
  constructor(paths: GrpcToolPaths, port: string, tls: boolean) {
    this.#paths = paths;
    this.#address = `localhost:${port}`;
    this.#tls = tls;
  }

  /** The command that runs grpcurl: flags, then a verb or a method. */
  command(
    flags: readonly string[],
    ...verb: readonly string[]
  ): readonly string[] {
    const connection = this.#tls ? ["-cacert", CA_CERTIFICATE] : ["-plaintext"];
    const { grpcurl } = this.#paths;
    return [grpcurl, ...connection, ...flags, this.#address, ...verb];
  }

  /** Has grpcurl look something up; gives the lines that it prints. */
  async look(...verb: readonly string[]): Promise<string[]> {
    const outcome = await runCommand(
      this.command([], ...verb),
      CALL_TIMEOUT_MS,
    );
    return printed(outcome).trim().split("\n");
  }

  /** Has grpcurl make a call; gives the answers, decoded from JSON. */
  async call(
    method: string,
    ...requests: readonly object[]
  ): Promise<Record<string, unknown>[]> {
    const outcome = await this.tryCall(method, ...requests);
    const objects = printed(outcome).trim().replaceAll("}\n{", "},\n{");
    return JSON.parse(`[${objects}]`);
  }

  /** Has grpcurl make a call that may fail. */
  tryCall(
    method: string,
    ...requests: readonly object[]
  ): Promise<Outcome> {
    const data = requests.map((request) => JSON.stringify(request)).join("\n");
    return runCommand(this.command(["-d", data], method), CALL_TIMEOUT_MS);
  }

  /** Has the probe look; gives its exit code and what it says. */
  async probe(...flags: readonly string[]): Promise<string> {
    const connection = this.#tls
      ? ["-tls", "-tls-ca-cert", CA_CERTIFICATE]
      : [];
    const { end, output } = await runCommand([
      this.#paths.healthProbe,
      `-addr=${this.#address}`,
      // One second each by default, which a busy machine may need.
      "-connect-timeout=20s",
      "-rpc-timeout=20s",
      ...connection,
      ...flags,
    ], CALL_TIMEOUT_MS);
    return `${end}: ${output.trim()}`;
  }
}

function printed({ success, end, output }: Outcome): string {
  if (success) return output;
  throw new Error(`${end}: ${output}`);
}
