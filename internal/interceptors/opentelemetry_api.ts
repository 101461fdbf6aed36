/**
 * The part of `@opentelemetry/api` that is used here. The package is passed as an option, so that
 * only programs that trace need it.
 */

import type { FlightHeaders } from "../core/flight_headers.ts";

/** The used part of `import * as api from "@opentelemetry/api"`. */
export interface OpenTelemetryApi {
  /** Traces. */
  readonly trace: {
    getTracer(name: string): {
      startSpan(
        name: string,
        options?: {
          kind?: number;
          attributes?: Record<string, string | number>;
        },
        context?: object,
      ): {
        setAttributes(attributes: Record<string, string | number>): unknown;
        setStatus(status: { code: number; message?: string }): unknown;
        end(): void;
      };
    };
    // deno-lint-ignore no-explicit-any -- a span has more than is used here
    setSpan(context: object, span: any): object;
  };
  /** Metrics. */
  readonly metrics: {
    getMeter(name: string): {
      createHistogram(
        name: string,
        options?: {
          description?: string;
          unit?: string;
          advice?: { explicitBucketBoundaries?: number[] };
        },
      ): {
        record(
          value: number,
          attributes?: Record<string, string | number>,
          context?: object,
        ): void;
      };
    };
  };
  /** Context of the running code. */
  readonly context: {
    active(): object;
    with<T>(context: object, run: () => T): T;
  };
  /** Passes a context between processes, such as by `traceparent`. */
  readonly propagation: {
    inject(
      context: object,
      carrier: FlightHeaders,
      setter?: {
        set(carrier: FlightHeaders, key: string, value: string): void;
      },
    ): void;
    extract(
      context: object,
      carrier: FlightHeaders,
      getter?: {
        get(carrier: FlightHeaders, key: string): string | undefined;
        keys(carrier: FlightHeaders): string[];
      },
    ): object;
  };
}

/** Attributes of a span or a measurement. */
export type OpenTelemetryAttributes = Record<string, string | number>;

/** Collects measurements. */
export type OpenTelemetryHistogram = ReturnType<
  ReturnType<OpenTelemetryApi["metrics"]["getMeter"]>["createHistogram"]
>;
