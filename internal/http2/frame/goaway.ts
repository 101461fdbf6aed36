/** GOAWAY frames of a peer: RFC 9113, section 6.8. */

import { quoted } from "../../base/quoted.ts";
import type { ErrorCodeName } from "./http2_error.ts";

/** Reason for the end of a connection. */
export interface ConnectionEnd {
  /** Error code; NO_ERROR if the connection was closed in order. */
  readonly code: ErrorCodeName;
  /** Description for humans; empty if there is none. */
  readonly problem: string;
}

/** The GOAWAY frames of a peer. */
export class ReceivedGoaways {
  /**
   * The first frame with an error; until then, the last one with debug data.
   */
  #reason: { code: ErrorCodeName; debug: string } | undefined;

  /** True if one has come. */
  get hasCome(): boolean {
    return this.#reason !== undefined;
  }

  /** Adds a frame. An error that follows another is a consequence of it. */
  add(code: ErrorCodeName, debug: string): void {
    if (this.#reason !== undefined) {
      if (this.#reason.code !== "NO_ERROR") return;
      if (code === "NO_ERROR" && debug === "") return;
    }
    this.#reason = { code, debug };
  }

  /**
   * Summarizes the end of the connection.
   *
   * @param problem Description from this side; the frames take precedence.
   */
  endOf(problem: string): ConnectionEnd {
    const { code, debug } = this.#reason ?? { code: "NO_ERROR", debug: "" };
    if (code === "NO_ERROR") {
      return {
        code,
        problem: debug === ""
          ? problem
          : `${problem}, after ${goawayText(code, debug)}`,
      };
    }
    return { code, problem: goawayText(code, debug) };
  }
}

/** Describes a frame in words. */
export function goawayText(code: ErrorCodeName, debug: string): string {
  return debug === "" ? `GOAWAY ${code}` : `GOAWAY ${code}: ${shown(debug)}`;
}

/** Quotes a text of the peer unless it is plain. */
function shown(debug: string): string {
  return /^[\w .,:;()/-]{1,100}$/.test(debug) ? debug : quoted(debug);
}
