/** Data of a schema that was announced before. */

import type { Schema } from "apache-arrow";
import { differenceOf } from "../../../arrow/types/field_difference.ts";
import { sameType } from "../../../arrow/types/same_type.ts";
import { withSchema } from "../../../arrow/with_schema.ts";
import type { Source } from "../../../base/source.ts";
import { ListSource } from "./list_source.ts";
import { FlightError } from "../../../core/flight_error.ts";
import {
  isFlightData,
  type OutgoingData,
} from "../../../stream/record_batch_source.ts";

/**
 * Sends the announced schema before the data, even without rows, and gives it to all batches: ADBC gives up where
 * they differ, also in nullability. Data of other names or types fail.
 *
 * @param source The data.
 * @param announced The schema; `undefined` where it is not known.
 */
export function announcedData(
  source: Source<OutgoingData>,
  announced: Schema | undefined,
): Source<OutgoingData> {
  if (announced === undefined) return source;
  const announce = announcer(announced);
  if (source instanceof ListSource) {
    return new ListSource([
      { schema: announced },
      ...source.values.flatMap((message) => announce(message) ?? []),
    ]);
  }
  let isSent = false;
  return {
    async read() {
      if (!isSent) {
        isSent = true;
        return { schema: announced };
      }
      while (true) {
        const message = await source.read();
        if (message === undefined) return undefined;
        try {
          const sent = announce(message);
          if (sent !== undefined) return sent;
        } catch (error) {
          source.cancel(error);
          throw error;
        }
      }
    },
    cancel: (reason) => source.cancel(reason),
  };
}

/** Makes the message that is sent for one of the data; none for one that has nothing to say. */
function announcer(
  announced: Schema,
): (message: OutgoingData) => OutgoingData | undefined {
  let last: Schema | undefined = announced;
  return (message) => {
    if (isFlightData(message)) return message;
    const { schema, ...rest } = message;
    for (const one of [schema, rest.batch?.schema]) {
      if (one === undefined || one === last) continue;
      const problem = schemaDifference(one, announced);
      if (problem !== undefined) {
        throw new FlightError(
          "INTERNAL",
          `the rows have another schema than the one that was announced: ${problem}`,
        );
      }
      last = one;
    }
    // Its own schema message has nothing else to say.
    if (rest.batch !== undefined) {
      return { ...rest, batch: withSchema(rest.batch, announced) };
    }
    return rest.appMetadata === undefined ? undefined : rest;
  };
}

function schemaDifference(
  schema: Schema,
  announced: Schema,
): string | undefined {
  const problem = differenceOf(schema.fields, announced.fields, sameType);
  if (problem !== undefined) return problem;
  // The other way round does no harm: the batches get the announced schema.
  const at = schema.fields.findIndex(({ nullable }, i) =>
    nullable && !announced.fields[i]!.nullable
  );
  if (at < 0) return undefined;
  const name = JSON.stringify(schema.fields[at]!.name);
  return `field ${at}, ${name}, is nullable, and must not be`;
}
