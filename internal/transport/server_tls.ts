/** TLS of a server: its certificates, which can be replaced while it runs. */

import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { clearTimeout, setTimeout } from "node:timers";
import {
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
  type TlsOptions,
} from "node:tls";

import {
  arrayOption,
  functionOption,
  integerOption,
  MAX_TIMER_MS,
  objectOption,
} from "../core/check_option.ts";
import type { SubjectAltName } from "../core/peer_certificate.ts";
import {
  type PemSource,
  SERVER_TLS_OPTIONS,
  type ServerTlsOptions,
} from "../core/tls_options.ts";
import { matchesHost } from "../x509/alt_names.ts";
import { readCertificate } from "../x509/certificate.ts";
import { certificate, isPemFile, keyPair, reportReloadError } from "./pem.ts";

/** Default of `reloadIntervalMs`. */
const DEFAULT_RELOAD_INTERVAL_MS = 60_000;

/** Files and certificates of one set of options. */
interface Certificates {
  /** For clients that ask for no name, or for an unknown one. */
  readonly standard: SecureContextOptions;
  /** For clients that ask for one of these names. */
  readonly named: readonly {
    readonly names: readonly SubjectAltName[];
    readonly context: SecureContext;
  }[];
  /** Contents of all files, to detect changes. */
  readonly pem: Buffer;
}

/** The certificates of a server. */
export class ServerTls {
  #options: ServerTlsOptions;
  #certificates: Certificates;
  #intervalMs: number;
  #apply: (options: SecureContextOptions) => void = () => {};
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastProblem: string | undefined;

  /**
   * @param options The caller's options.
   * @throws {TypeError} When certificates or keys cannot be used.
   * @throws {RangeError} When `reloadIntervalMs` is out of range.
   */
  constructor(options: ServerTlsOptions) {
    objectOption("tls", options, SERVER_TLS_OPTIONS, {
      ca: "clientRootCertificates",
      cert: "certificateChain",
      key: "privateKey",
    });
    this.#options = options;
    this.#intervalMs = intervalOf(options);
    this.#certificates = readCertificates(options);
  }

  /** Options that cannot change while a server runs. */
  get serverOptions(): Pick<
    TlsOptions,
    "requestCert" | "rejectUnauthorized" | "SNICallback"
  > {
    return {
      requestCert: this.#options.clientRootCertificates !== undefined,
      rejectUnauthorized: true,
      SNICallback: (name, callback) => {
        const found = this.#certificates.named
          .find(({ names }) => matchesHost(names, name));
        callback(null, found?.context);
      },
    };
  }

  /** Current options that can change: for clients that ask for no name. */
  get contextOptions(): SecureContextOptions {
    return this.#certificates.standard;
  }

  /**
   * Starts watching files.
   *
   * @param apply Called with changed `contextOptions`.
   */
  watch(apply: (options: SecureContextOptions) => void): void {
    this.#apply = apply;
    this.#wait();
  }

  /** Stops watching files. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /**
   * Replaces all certificates, or none if one of them cannot be used.
   *
   * @param options The options from now on.
   * @throws {TypeError} When certificates or keys cannot be used, or the
   * options would start or stop to demand client certificates.
   * @throws {RangeError} When `reloadIntervalMs` is out of range.
   */
  set(options: ServerTlsOptions): void {
    const demands = (options: ServerTlsOptions) =>
      options.clientRootCertificates !== undefined;
    if (demands(options) !== demands(this.#options)) {
      throw new TypeError(
        "Cannot use option tls.clientRootCertificates: while a server runs, " +
          "it can be replaced, but neither added nor removed",
      );
    }
    const intervalMs = intervalOf(options);
    const certificates = readCertificates(options);
    this.#options = options;
    this.#intervalMs = intervalMs;
    this.#lastProblem = undefined;
    this.#replace(certificates);
    this.#wait();
  }

  #wait(): void {
    clearTimeout(this.#timer);
    if (!sourcesOf(this.#options).some(isPemFile)) return;
    this.#timer = setTimeout(() => {
      this.#reload();
      this.#wait();
    }, this.#intervalMs);
    this.#timer.unref?.();
  }

  #reload(): void {
    try {
      const certificates = readCertificates(this.#options);
      this.#lastProblem = undefined;
      // Not each time: it ends the sessions that clients may resume.
      if (certificates.pem.equals(this.#certificates.pem)) return;
      this.#replace(certificates);
    } catch (error) {
      // Once, not at every check.
      const { message } = error as Error;
      if (message === this.#lastProblem) return;
      this.#lastProblem = message;
      reportReloadError(error, this.#options.onReloadError);
    }
  }

  #replace(certificates: Certificates): void {
    this.#certificates = certificates;
    this.#apply(certificates.standard);
  }
}

/**
 * Replaces the certificates of a server.
 *
 * @param tls The current TLS; undefined without TLS.
 * @param options See {@linkcode ServerTls.set}.
 * @throws {TypeError} Also when it has no TLS.
 */
export function replaceTls(
  tls: ServerTls | undefined,
  options: ServerTlsOptions,
): void {
  if (tls) return tls.set(options);
  throw new TypeError("Cannot use option tls: the server has no TLS");
}

function readCertificates(options: ServerTlsOptions): Certificates {
  const { certificateChain, privateKey, sniCertificates = [] } = options;
  arrayOption("tls.sniCertificates", sniCertificates);
  functionOption("tls.onReloadError", options.onReloadError);
  const roots = options.clientRootCertificates;
  const ca = roots === undefined
    ? undefined
    : certificate("clientRootCertificates", roots);
  const common = ca === undefined ? {} : { ca };
  const standard = keyPair(certificateChain, privateKey);
  const pairs = sniCertificates.map((pair, index) =>
    keyPair(
      pair.certificateChain,
      pair.privateKey,
      `sniCertificates[${index}].`,
    )
  );
  return {
    standard: { ...standard, ...common },
    named: pairs.map((pair, index) => ({
      names: hostNames(pair.cert, index),
      context: createSecureContext({ ...pair, ...common }),
    })),
    pem: Buffer.concat(
      [standard, ...pairs].flatMap(({ cert, key }) => [cert, key])
        .concat(ca ?? []),
    ),
  };
}

/** Returns the names of the first certificate of a chain. */
function hostNames(chain: Buffer, index: number): readonly SubjectAltName[] {
  const names = readCertificate(new X509Certificate(chain).raw)
    .subjectAltNames.filter(({ type }) => type === "DNS");
  if (names.length > 0) return names;
  throw new TypeError(
    `Cannot use option tls.sniCertificates[${index}].certificateChain: its ` +
      "first certificate has no DNS name in subjectAltName",
  );
}

function sourcesOf(options: ServerTlsOptions): (PemSource | undefined)[] {
  return [
    options.clientRootCertificates,
    ...[options, ...options.sniCertificates ?? []].flatMap((pair) => [
      pair.certificateChain,
      pair.privateKey,
    ]),
  ];
}

function intervalOf(options: ServerTlsOptions): number {
  return integerOption(
    "tls.reloadIntervalMs",
    options.reloadIntervalMs ?? DEFAULT_RELOAD_INTERVAL_MS,
    1,
    MAX_TIMER_MS,
  );
}
