/** A field of a message: RFC 9110, section 5. */

/** Name in lower case, and value. */
export type Field = readonly [name: string, value: string];
