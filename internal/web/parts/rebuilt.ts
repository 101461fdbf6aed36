/** The part for arrays that do not stay as they came. */

import "../loaded_first.ts";

export * from "../../ipc/decode/rebuilt_arrays.ts";
