/**
 * Testers of our own in Python, over pyarrow, which is the binding of Arrow
 * C++.
 *
 * @module
 */
import { fromFileUrl } from "../programs/paths.ts";
import { findPyarrow, PYARROW_VERSION } from "../programs/python.ts";
import {
  type FoundTesters,
  type Implementation,
  lacksSql,
} from "./implementation.ts";

const PROGRAM = fromFileUrl(new URL("cpp/peer.py", import.meta.url));

/** The implementation in C++. */
export const CPP: Implementation = {
  title: "C++",
  version: `pyarrow ${PYARROW_VERSION}`,
  lacks: {
    "session_options": "pyarrow has no sessions; the part pyarrow has its " +
      "client send the messages by hand",
    "poll_flight_info": "pyarrow has no PollFlightInfo",
    ...lacksSql(
      "pyarrow has no Flight SQL, its wheels come without libarrow_flight_sql " +
        "and its headers, and no other registry has the library",
    ),
  },
  unnumbered: {
    files: [
      "dictionary",
      "dictionary_unsigned",
      "nested_dictionary",
      "extension",
    ],
    reason: "a stream of pyarrow's with metadata has no dictionaries",
  },
  async find(): Promise<FoundTesters> {
    const found = await findPyarrow();
    if ("problem" in found) return found;
    const program = [found.python, PROGRAM];
    return {
      server: [...program, "server"],
      client: [...program, "client"],
      load: [...program, "load"],
    };
  },
};
