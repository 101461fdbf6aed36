/** What a peer has said of the end of a connection: RFC 9113, section 6.8. */

import { quoted } from "../../base/quoted.ts";
import type { ErrorCodeName } from "./http2_error.ts";

/** Why a connection is no more. */
export interface ConnectionEnd {
  /** NO_ERROR where it was closed in order. */
  readonly code: ErrorCodeName;
  /** What happened, for people; empty if nothing is known. */
  readonly problem: string;
}

/** The GOAWAY frames of a peer. */
export class ReceivedGoaways {
  /** The first that names an error; until then, the last that says why. */
  #reason: { code: ErrorCodeName; debug: string } | undefined;

  /** Whether one has come. */
  get hasCome(): boolean {
    return this.#reason !== undefined;
  }

  /** Takes one. An error that follows another is a consequence of it. */
  add(code: ErrorCodeName, debug: string): void {
    if (this.#reason !== undefined) {
      if (this.#reason.code !== "NO_ERROR") return;
      if (code === "NO_ERROR" && debug === "") return;
    }
    this.#reason = { code, debug };
  }

  /**
   * Why the connection has ended.
   *
   * @param problem What is known besides; the frames say more.
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

/** A frame in words. */
export function goawayText(code: ErrorCodeName, debug: string): string {
  return debug === "" ? `GOAWAY ${code}` : `GOAWAY ${code}: ${shown(debug)}`;
}

/** A text of the peer, in quotes unless it is plain. */
function shown(debug: string): string {
  return /^[\w .,:;()/-]{1,100}$/.test(debug) ? debug : quoted(debug);
}
