/**
 * Random Python programs of loops, comprehensions and conditions that stand on one line, or on several: what a step is
 * there, by the interpreter's own account, is for `check_loops.ts` to ask.
 *
 * All of them end: each loop has a few turns, and functions call helpers alone.
 */
import fc from "fast-check";

/** What a body stands in. */
type Place = "module" | "function" | "generator" | "coroutine";
type Text = fc.Arbitrary<string>;

const HELPERS = `def helper(x): return x if x else 1
def boom(x):
    if not x: raise ValueError
    return x
class Context:
    def __init__(self, swallows): self.swallows = swallows
    def __enter__(self): return 1
    def __exit__(self, *_): return self.swallows
async def counted(n):
    for each in range(n): yield each
def drive(made):
    try:
        if hasattr(made, "send"):
            while True: made.send(None)
    except (StopIteration, ValueError): pass
n, i, t = 2, 0, 1
`;

/** Program texts, each with so many functions, and code of the module itself. */
export function loopPrograms(functions: number): Text {
  const definition = fc.oneof(
    bodyIn("function").map((body) => `def FN(n, i, t):\n${indented(body)}`),
    bodyIn("generator").map((body) => `def FN(n, i, t):\n${indented(body)}\n    yield t`),
    bodyIn("coroutine").map((body) => `async def FN(n, i, t):\n${indented(body)}`),
  );
  const inModule = bodyIn("module").map((body) =>
    `try:\n${indented(body)}\nexcept ValueError: pass`
  );
  return fc.array(fc.tuple(definition, inModule), {
    minLength: functions,
    maxLength: functions,
  }).map((pairs) =>
    HELPERS + pairs.map(([definition, statements], number) =>
      [
        definition.replace("FN", `f${number}`),
        `try: drive(f${number}(2, 0, 1))\nexcept ValueError: pass`,
        `i, t = 0, 1\n${statements}\n`,
      ].join("\n")
    ).join("")
  );
}

/** Joins arbitrary texts; a bare string is itself. */
function text(parts: TemplateStringsArray, ...arbitraries: readonly Text[]): Text {
  return fc.tuple(...arbitraries).map((texts) => String.raw({ raw: parts }, ...texts));
}

/** Between two words inside of brackets. */
const gap = fc.constantFrom(" ", " ", "\n  ");
const leaf = fc.constantFrom("n", "i", "t", "0", "1");

const { expression } = fc.letrec<{ expression: string; source: string; clause: string }>((tie) => {
  const [e, source, clause] = [tie("expression"), tie("source"), tie("clause")];
  return {
    expression: fc.oneof(
      { maxDepth: 2, depthIdentifier: "expression", withCrossShrink: true },
      leaf,
      text`helper(${e})`,
      text`boom(${e})`,
      text`(${e}${gap}if ${e}${gap}else ${e})`,
      text`(${e}${gap}and ${e})`,
      text`(lambda x: ${e})(${e})`,
      text`len([${e}${gap}${clause}])`,
      text`len({${e}${gap}${clause}})`,
      text`len({${e}: ${e}${gap}${clause}})`,
      text`sum(${e}${gap}${clause})`,
      text`any(${e}${gap}${clause}${gap}${clause})`,
      text`len([[${e} ${clause}]${gap}${clause}${gap}${clause}])`,
    ),
    source: fc.oneof(
      { maxDepth: 3, depthIdentifier: "expression", withCrossShrink: true },
      fc.constantFrom("range(2)", "range(3)", "(n, 0)", "()"),
      text`[${e},${gap}${e}]`,
      text`range(${e} and 2)`,
    ),
    clause: fc.oneof(
      text`for i in ${source}`,
      text`for i in ${source}${gap}if ${e}`,
    ),
  };
});

/** Statements, with `c`, `cx`, … for the counters of `while`: an inner loop's is another one than an outer loop's. */
function bodyIn(place: Place): Text {
  return fc.letrec<Record<"body" | "inLoop" | "simple" | "simpleInLoop", string>>((tie) => {
    const [simple, simpleInLoop] = [tie("simple"), tie("simpleInLoop")];
    const e = expression;
    const plain: Text[] = [
      text`t = ${e}`,
      text`t = ${e}`,
      text`i += 1; t = ${e}`,
      text`boom(${e})`,
    ];
    if (place !== "module") plain.push(fc.constant("return"));
    if (place === "generator") {
      plain.push(text`yield ${e}`, text`t = (yield ${e}) or 1`, text`yield from (1, 2)`);
    }
    if (place === "coroutine") {
      plain.push(
        text`t = len([${leaf}${gap}async for i in counted(2)${gap}if ${leaf}])`,
        text`t = len({${leaf} async for i in counted(3)})`,
      );
    }
    const statementsOf = (one: Text, body: Text): Text[] => {
      /** What stands behind a colon: on its line, or below it. */
      const block = fc.oneof(
        { weight: 3, arbitrary: text` ${one}` },
        { weight: 1, arbitrary: body.map((inner) => `\n${indented(inner)}`) },
      );
      const loopBlock = fc.oneof(
        { weight: 3, arbitrary: text` ${simpleInLoop}` },
        { weight: 1, arbitrary: text` ${simple}; ${simpleInLoop}` },
        { weight: 2, arbitrary: tie("inLoop").map((inner) => `\n${indented(inner)}`) },
      );
      const heads = place === "coroutine" ? ["for", "async for"] as const : ["for"] as const;
      return [
        one,
        ...heads.map((head) => {
          const source = head === "for" ? text`(2, ${e})` : fc.constant("counted(2)");
          return text`${fc.constant(head)} i in${
            gap.map((each) => each === " " ? " " : " \\\n ")
          }${source}:${loopBlock}`;
        }),
        text`for i in range(2):${loopBlock}\nelse:${block}`,
        fc.tuple(fc.constantFrom("c", "(c\n  and c)", "c and helper(n)"), simpleInLoop).map((
          [head, inner],
        ) => `c = 2\nwhile ${head}: c -= 1; ${inner}`),
        tie("inLoop").map((inner) =>
          `c = 2\nwhile c:\n    c -= 1\n${indented(inner.replaceAll(/\bc(?=x*\b)/g, "cx"))}`
        ),
        text`if ${e}:${block}\nelse:${block}`,
        text`with Context(${fc.constantFrom("True", "False")}):${block}`,
        text`try:${block}\nexcept ValueError:${block}`,
        text`try:${block}\nfinally: ${fc.constantFrom("t = 1", "i = 0; t = 2")}`,
      ];
    };
    const depth = { maxDepth: 2, depthIdentifier: place, withCrossShrink: true };
    const several = (one: Text) =>
      fc.array(one, { minLength: 1, maxLength: 3 }).map((each) => each.join("\n"));
    return {
      body: several(fc.oneof(depth, ...statementsOf(simple, tie("body")))),
      inLoop: several(fc.oneof(depth, ...statementsOf(simpleInLoop, tie("inLoop")))),
      simple: fc.oneof(...plain),
      simpleInLoop: fc.oneof(...plain, fc.constant("break"), fc.constant("continue")),
    };
  }).body;
}

function indented(lines: string): string {
  return lines.replaceAll(/^/gm, "    ");
}
