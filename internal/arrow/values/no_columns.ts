/** The schema of nothing. */

import { Schema } from "apache-arrow";

/** A schema without fields: that of statements without rows, and of parameters that are none. */
export const NO_COLUMNS: Schema = new Schema([]);
