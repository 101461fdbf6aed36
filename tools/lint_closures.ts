/**
 * Lint plugin against functions that V8 allocates among old objects. It does so
 * where the right side of an assignment to a property is a function literal.
 * Collections of young objects then keep the function, and all that it refers
 * to, such as a call, until the whole heap is collected. A constant on the line
 * before has a young function.
 *
 * @module
 */

const INTERNAL = new URL("../internal/", import.meta.url).pathname;

const plugin: Deno.lint.Plugin = {
  name: "closures",
  rules: {
    young: {
      create(context) {
        if (!context.filename.startsWith(INTERNAL)) return {};
        return {
          AssignmentExpression({ left, right, range }) {
            if (
              left.type !== "MemberExpression" ||
              right.type !== "ArrowFunctionExpression" &&
                right.type !== "FunctionExpression"
            ) return;
            context.report({
              range,
              message:
                "V8 makes this function an old object: assign it to a constant first",
            });
          },
        };
      },
    },
  },
};

export default plugin;
