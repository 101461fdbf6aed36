/** Places of values, for errors. */

/** Says where a value is, such as `parameter "id" in row 3`; `i` is its index in its column. */
export type Place = (i: number) => string;
