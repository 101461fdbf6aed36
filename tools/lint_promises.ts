/**
 * Lint plugin against promises that are dropped: a rejection without a listener
 * ends the process. In internal/ they go through `base/handled.ts`, which shows
 * the intention. It does not detect calls of async functions, because that
 * takes types.
 *
 * @module
 */

const INTERNAL = new URL("../internal/", import.meta.url).pathname;
const HANDLED = "internal/base/handled.ts";

/** Returns the name of the method that a node calls, and the arguments. */
function methodCall(
  node: Deno.lint.Expression,
): { name: string; args: Deno.lint.CallExpression["arguments"] } | undefined {
  if (node.type !== "CallExpression") return undefined;
  const { callee } = node;
  return callee.type === "MemberExpression" &&
      callee.property.type === "Identifier"
    ? { name: callee.property.name, args: node.arguments }
    : undefined;
}

/** Finds a fault of a statement that consists of an expression. */
function problemOf(expression: Deno.lint.Expression): string | undefined {
  if (
    expression.type === "UnaryExpression" && expression.operator === "void" &&
    expression.argument.type === "CallExpression"
  ) return "use handled() instead of `void`";
  const call = methodCall(expression);
  if (call?.name === "then" && call.args.length < 2) {
    return "the promise of then() is dropped: use handled(), or catch()";
  }
  const [listener] = call?.args ?? [];
  if (
    call?.name === "catch" && listener?.type === "ArrowFunctionExpression" &&
    listener.body.type === "BlockStatement" && listener.body.body.length === 0
  ) return "use handled() or quietly() instead of an empty catch()";
  return undefined;
}

const plugin: Deno.lint.Plugin = {
  name: "promises",
  rules: {
    handled: {
      create(context) {
        const { filename } = context;
        if (!filename.startsWith(INTERNAL) || filename.endsWith(HANDLED)) {
          return {};
        }
        return {
          ExpressionStatement({ expression, range }) {
            const message = problemOf(expression);
            if (message) context.report({ range, message });
          },
        };
      },
    },
  },
};

export default plugin;
