/** Ends of the errors for clients that write to what is served for reading only. */

/** Of a database. */
export const READ_ONLY_HINT =
  "the server was started without --read-write, which allows changes";

/** Of files that are tables of a database. */
export const FILES_HINT = "it serves files, which do not change";
