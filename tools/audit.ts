/**
 * Lint rules for how errors are raised and caught (design-docs/adr/0007-errors.md). They hold for the program:
 * `src/`, `main.ts` and `mod.ts`. Tests, tools and benchmarks may throw what they like.
 *
 * `deno lint` runs them with its own rules, `deno task audit` alone.
 */

/**
 * What makes our errors, called where it is imported. A function of the file at hand needs no entry: its return type
 * says what it makes. That this holds for these too is tested.
 */
export const MAKERS: readonly string[] = [
  "channelCorrupt",
  "classifyError",
  "corrupt",
  "diagnosisError",
  "environmentError",
  "fromJSON",
  "internalError",
  "recorderError",
  "targetError",
  "usageError",
  "versionError",
];

/** Other classes that may be thrown, and why: none of them gets as far as a user. */
export const CONTROL_FLOW: Readonly<Record<string, string>> = {
  BrokenRecord:
    "thrown for each record that has not been written to its end yet; who reads on decides whether that " +
    "is ERR_CHANNEL_CORRUPT",
  PatternError:
    "says what is wrong inside a pattern; who reads the filter's file adds which, and where",
  ReaderGone: "ends `print` quietly when nobody reads its output any more, as in `print … | head`",
  InvalidArgumentError:
    "how a parser of an option's value tells commander, whose error becomes ERR_USAGE",
};

const OWN = ["RecorderError", "UsageError", "EnvironmentError", "TargetError", "InternalError"];
const BUILT_IN =
  /^(?:(?:Aggregate|Eval|Range|Reference|Syntax|Type|URI|)Error|DOMException|Deno\.errors\.\w+)$/;
const OWN_TYPE = new RegExp(`^(?:Promise<)?(?:${OWN.join("|")})(?: \\| null)?>?$`);
const TYPED_ARRAY =
  /^(?:readonly )?(?:Uint8|Int8|Uint16|Int16|Uint32|Int32|Float32|Float64)Array\b/;

const ROOT = new URL("../", import.meta.url).pathname;

type Node = Deno.lint.Node;
type Of<T extends Node["type"]> = Extract<Node, { type: T }>;

/** The file's path below the project's folder if the rules hold for it, otherwise null. */
function audited(context: Deno.lint.RuleContext): string | null {
  const name = context.filename.replaceAll("\\", "/");
  const path = name.startsWith(ROOT) ? name.slice(ROOT.length) : name;
  return /^(?:src\/.*|main|mod)\.ts$/.test(path) ? path : null;
}

/** Only RecorderErrors are thrown, and only our constructors make them. */
const ownErrors: Deno.lint.Rule = {
  create(context) {
    const path = audited(context);
    if (path === null) return {};
    const text = (node: Node) => context.sourceCode.getText(node);
    const thrown: Of<"ThrowStatement">[] = [];
    /** What this file declares: functions by whether they return errors of ours, variables by how they begin. */
    const makers = new Map<string, boolean>();
    const variables = new Map<string, Of<"VariableDeclarator">>();

    const declare = (name: Node | null, made: Node) => {
      const type = "returnType" in made ? made.returnType : undefined;
      if (name !== null && type != null) {
        makers.set(text(name), OWN_TYPE.test(text(type.typeAnnotation)));
      }
    };

    const isOwn = (node: Node): boolean => {
      switch (node.type) {
        case "CallExpression": {
          const name = text(node.callee).replace(/^(?:this|RecorderError)\./, "");
          const init = variables.get(name)?.init;
          if (init?.type === "ArrowFunctionExpression" && init.body.type !== "BlockStatement") {
            return isOwn(init.body);
          }
          return makers.get(name) ?? MAKERS.includes(name);
        }
        case "NewExpression":
          return Object.hasOwn(CONTROL_FLOW, text(node.callee));
        case "AwaitExpression":
          return isOwn(node.argument);
        case "AssignmentExpression":
          return isOwn(node.right);
        case "LogicalExpression":
          return isOwn(node.left) && isOwn(node.right);
        case "ConditionalExpression":
          return isOwn(node.consequent) && isOwn(node.alternate);
        case "Identifier": {
          if (isCaught(node)) return true;
          const variable = variables.get(node.name);
          if (variable === undefined) return false;
          const type = variable.id.type === "Identifier" ? variable.id.typeAnnotation : undefined;
          if (type !== undefined) return OWN_TYPE.test(text(type.typeAnnotation));
          return variable.init !== null && isOwn(variable.init);
        }
        default:
          return false;
      }
    };

    const isCaught = (name: Of<"Identifier">): boolean =>
      context.sourceCode.getAncestors(name).some((above) =>
        above.type === "CatchClause" && above.param !== null && text(above.param) === name.name
      );

    const checkMade = (node: Of<"NewExpression"> | Of<"CallExpression">) => {
      // The statement's own finding says enough.
      if (node.parent.type === "ThrowStatement") return;
      const name = text(node.callee);
      const isOwnClass = OWN.includes(name) && !path.startsWith("src/errors/");
      if (!BUILT_IN.test(name) && !isOwnClass) return;
      context.report({
        node,
        message: `${name} is not made by a constructor of src/errors/`,
        hint: "Use usageError, environmentError, targetError or internalError",
      });
    };

    return {
      ThrowStatement: (node) => void thrown.push(node),
      VariableDeclarator(node) {
        if (node.id.type !== "Identifier") return;
        variables.set(node.id.name, node);
        if (node.init?.type === "ArrowFunctionExpression") declare(node.id, node.init);
      },
      FunctionDeclaration: (node) => declare(node.id, node),
      MethodDefinition: (node) => declare(node.key, node.value),
      NewExpression: checkMade,
      CallExpression: checkMade,
      ClassDeclaration(node) {
        if (node.superClass === null || !BUILT_IN.test(text(node.superClass))) return;
        const name = node.id?.name ?? "";
        if (Object.hasOwn(CONTROL_FLOW, name) || name === "RecorderError") return;
        context.report({
          node,
          message: `${name} is one more class of errors`,
          hint:
            "Use a code of src/errors/codes.ts; for control flow, name it in tools/audit.ts and say why",
        });
      },
      "Program:exit"() {
        for (const node of thrown) {
          if (isOwn(node.argument)) continue;
          context.report({
            node,
            message:
              "This throws something else than an error of ours, or what the audit can't tell from it",
            hint:
              "Throw what usageError and its siblings or classifyError make, or the very variable that was caught",
          });
        }
      },
    };
  },
};

/** A non-null assertion says why it holds: `// holds: …` beside it, or in the comment right above. */
const reasonedAssertions: Deno.lint.Rule = {
  create(context) {
    const path = audited(context);
    if (path === null) return {};
    const text = (node: Node) => context.sourceCode.getText(node);
    const asserted: Of<"TSNonNullExpression">[] = [];
    /** Names that this file declares as typed arrays. */
    const arrays = new Set<string>();
    const isArray = (type: { typeAnnotation: Node } | undefined, init?: Node | null): boolean =>
      (type != null && TYPED_ARRAY.test(text(type.typeAnnotation))) ||
      (init != null && /^new /.test(text(init)) && TYPED_ARRAY.test(text(init).slice(4)));

    // Reading one by index is what the code of bytes does all day, and the compiler can't know bounds.
    const isByte = (node: Node): boolean => {
      if (!/^src\/(?:wire|trace|recording)\//.test(path)) return false;
      if (node.type !== "MemberExpression" || !node.computed) return false;
      const from = node.object;
      const name = text(from.type === "MemberExpression" ? from.property : from);
      return /bytes$/i.test(name) || arrays.has(name);
    };

    return {
      TSNonNullExpression: (node) => void asserted.push(node),
      Identifier(node) {
        if (isArray(node.typeAnnotation)) arrays.add(node.name);
      },
      VariableDeclarator(node) {
        if (isArray(undefined, node.init)) arrays.add(text(node.id));
      },
      PropertyDefinition(node) {
        if (isArray(node.typeAnnotation, node.value)) arrays.add(text(node.key));
      },
      TSPropertySignature(node) {
        if (isArray(node.typeAnnotation)) arrays.add(text(node.key));
      },
      "Program:exit"() {
        for (const node of asserted) {
          if (isByte(node.expression) || commentOf(context, node, /\bholds: \S/)) continue;
          context.report({
            node,
            message: `Nothing says why ${text(node)} can't be missing`,
            hint: "Check it, or say why it holds: `// holds: …`, beside it or right above",
          });
        }
      },
    };
  },
};

/** What is caught is used, thrown on, or a comment says why it may be forgotten. */
const noSilentCatch: Deno.lint.Rule = {
  create(context) {
    if (audited(context) === null) return {};
    const text = (node: Node) => context.sourceCode.getText(node);
    const check = (node: Node, name: Node | null, body: Node) => {
      const code = withoutComments(context, body);
      const mentions = name !== null &&
        new RegExp(`(?<![\\w$#])${text(name)}(?![\\w$])`).test(code);
      if (mentions || /\bthrow\b/.test(code)) return;
      if (context.sourceCode.getAllComments().some((comment) => isWithin(comment, body))) return;
      if (commentOf(context, body, /\S/)) return;
      context.report({
        node,
        message: "This catches an error and forgets it",
        hint: "Throw it on, use it, or say in a comment why it can be forgotten",
      });
    };
    return {
      CatchClause(node) {
        if (node.param === null || node.param.type === "Identifier") {
          check(node, node.param, node.body);
        }
      },
      CallExpression(node) {
        if (node.callee.type !== "MemberExpression") return;
        const method = text(node.callee.property);
        const handler = method === "catch"
          ? node.arguments[0]
          : method === "then"
          ? node.arguments[1]
          : undefined;
        if (
          handler?.type === "ArrowFunctionExpression" || handler?.type === "FunctionExpression"
        ) {
          const name = handler.params[0];
          check(node, name?.type === "Identifier" ? name : null, handler.body ?? handler);
        }
      },
    };
  },
};

/** Whether a comment that matches stands in the node's first line, or right above that line. */
function commentOf(context: Deno.lint.RuleContext, node: Node, pattern: RegExp): boolean {
  const source = context.sourceCode.text;
  const lineStart = (at: number) => source.lastIndexOf("\n", at - 1) + 1;
  const comments = context.sourceCode.getAllComments();
  let start = lineStart(node.range[0]);
  const lineEnd = source.indexOf("\n", node.range[0]);
  const end = lineEnd < 0 ? source.length : lineEnd;
  const near = comments.filter(({ range }) => range[0] >= start && range[0] < end);
  // Upwards, as long as nothing but comments stands between.
  for (const comment of comments.toReversed()) {
    if (comment.range[1] > start) continue;
    if (source.slice(comment.range[1], start).trim() !== "") break;
    if (source.slice(lineStart(comment.range[0]), comment.range[0]).trim() !== "") break;
    if (/\n[ \t]*\n/.test(source.slice(comment.range[1], start))) break;
    near.push(comment);
    start = lineStart(comment.range[0]);
  }
  return near.some((comment) => pattern.test(comment.value));
}

function withoutComments(context: Deno.lint.RuleContext, node: Node): string {
  let code = "";
  let at = node.range[0];
  for (const comment of context.sourceCode.getAllComments()) {
    if (!isWithin(comment, node)) continue;
    code += context.sourceCode.text.slice(at, comment.range[0]);
    at = comment.range[1];
  }
  return code + context.sourceCode.text.slice(at, node.range[1]);
}

function isWithin(inner: { range: Deno.lint.Range }, outer: Node): boolean {
  return inner.range[0] >= outer.range[0] && inner.range[1] <= outer.range[1];
}

const plugin: Deno.lint.Plugin = {
  name: "recorder",
  rules: {
    "own-errors": ownErrors,
    "reasoned-assertions": reasonedAssertions,
    "no-silent-catch": noSilentCatch,
  },
};

export default plugin;
