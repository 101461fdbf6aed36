/** The code of the part for arrays that do not stay as they came: rows of runs, lists of views, deltas. */

export { concat } from "../../arrow/concat.ts";
export {
  checkedViews,
  listsOf,
  valuesInLists,
} from "../../arrow/encodings/list_views.ts";
export { checkedRunEnds, plainRows } from "../../arrow/encodings/run_ends.ts";
export { viewedBytes } from "../../arrow/view_trimmer.ts";
