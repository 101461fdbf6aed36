/** Statements with parameters that run once. */

import type { Schema } from "apache-arrow";
import type { CallBudget } from "./call_budget.ts";
import { type PreparedStatement, sourceOf } from "./prepared_statement.ts";
import type { SqlContext } from "./sql_context.ts";
import type { UploadData } from "./sql_parameters.ts";
import type {
  NextCall,
  StartedStatement,
  StatementSource,
} from "./statement_source.ts";

/** A statement with parameters that is prepared for one run, and closed after it. */
export class OnceSource implements StatementSource {
  readonly #context: SqlContext;
  readonly #prepare: (budget: CallBudget) => Promise<PreparedStatement>;
  readonly #data: (schema: Schema | undefined) => UploadData | undefined;

  /**
   * @param context The client.
   * @param prepare Prepares it.
   * @param data Gives its parameters, of which the server may have said a schema.
   */
  constructor(
    context: SqlContext,
    prepare: (budget: CallBudget) => Promise<PreparedStatement>,
    data: (schema: Schema | undefined) => UploadData | undefined,
  ) {
    this.#context = context;
    this.#prepare = prepare;
    this.#data = data;
  }

  async start(
    budget: CallBudget,
    next: NextCall,
  ): Promise<StartedStatement> {
    const statement = await this.#prepare(budget);
    try {
      const started = await this.#use(statement).start(budget, next);
      return {
        ...started,
        isKept: true,
        ended: () => {
          started.ended();
          this.#forget(statement, budget);
        },
      };
    } catch (error) {
      this.#forget(statement, budget);
      throw error;
    }
  }

  update(budget: CallBudget): Promise<bigint> {
    return this.#once(budget, (source) => source.update(budget));
  }

  schema(budget: CallBudget): Promise<Schema> {
    return this.#once(budget, (source) => source.schema(budget));
  }

  /** Closes a statement that nothing waits for; a server that cannot lets it expire. */
  #forget(statement: PreparedStatement, budget: CallBudget): void {
    this.#context.inBackground(statement.close(budget.afterwards));
  }

  #use(statement: PreparedStatement): StatementSource {
    return sourceOf(statement, () => this.#data(statement.parameterSchema));
  }

  async #once<R>(
    budget: CallBudget,
    use: (source: StatementSource) => Promise<R>,
  ): Promise<R> {
    const statement = await this.#prepare(budget);
    try {
      return await use(this.#use(statement));
    } finally {
      this.#forget(statement, budget);
    }
  }
}
