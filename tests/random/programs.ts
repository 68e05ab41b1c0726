/**
 * Random Python programs as plain data, which fast-check can make smaller. `render.ts` gives their text.
 *
 * Functions only call such as come after them, so every program ends.
 */
import fc from "fast-check";

/** What a function is, by which callers know how to call it. `manager` is a generator under `contextmanager`. */
export type FunctionKind = "plain" | "generator" | "coroutine" | "async-generator" | "manager";

/** How a program, or a thread of it, comes to an end in the middle. */
export type Ending =
  | { readonly how: "sys.exit" | "os._exit"; readonly status: number }
  | { readonly how: "kill"; readonly signal: "SIGKILL" | "SIGTERM" };

/** `to` picks a function among those that fit. Where there is none, or it can't stand, it is an ordinary line. */
export type Statement =
  | { readonly do: "line" | "print" | "raise" | "return" | "yield" | "sleep" }
  | {
    readonly do: "call";
    readonly to: number;
    readonly through:
      | "nothing"
      | "list"
      | "generator"
      | "lambda"
      | "sort"
      | "library"
      | "class"
      | "closure";
  }
  | { readonly do: "try"; readonly kind: TryKind; readonly body: Body; readonly then: Body }
  | {
    readonly do: "iterate";
    readonly to: number;
    readonly until: "end" | "break" | "drop" | "keep" | "close" | "throw" | "delegate";
  }
  | {
    readonly do: "with";
    readonly to: number;
    readonly kind: "class" | "swallow" | "manager";
    readonly body: Body;
  }
  | {
    readonly do: "await";
    readonly to: number;
    readonly how:
      | "coroutine"
      | "gather"
      | "cancel"
      | "cancel-early"
      | "leave"
      | "async-for"
      | "async-break";
  }
  | { readonly do: "loop"; readonly to: number }
  | {
    readonly do: "thread";
    readonly to: number;
    readonly then: "join" | "go on" | "wait for ever";
  }
  | { readonly do: "recurse"; readonly kind: "plain" | "finally" | "generator" }
  | { readonly do: "end"; readonly ending: Ending };

/** What a `try` catches: programs' errors, all errors (those that close a generator too), nothing. */
export type TryKind = "except" | "except-all" | "finally";
export type Body = readonly Statement[];

export interface RandomFunction {
  readonly kind: FunctionKind;
  /** Which of two modules it stands in: that of the script, or another one. */
  readonly module: "main" | "other";
  readonly body: Body;
}

export interface RandomProgram {
  readonly functions: readonly RandomFunction[];
  readonly main: Body;
}

const to = fc.nat(7);

const ending: fc.Arbitrary<Ending> = fc.oneof(
  fc.record({
    how: fc.constantFrom("sys.exit", "os._exit"),
    status: fc.constantFrom(0, 1, 3, 255),
  }),
  fc.record({ how: fc.constant("kill"), signal: fc.constantFrom("SIGKILL", "SIGTERM") }),
);

const { body } = fc.letrec<{ body: Body; statement: Statement }>((tie) => ({
  body: fc.array(tie("statement"), { minLength: 1, maxLength: 4, depthIdentifier: "body" }),
  statement: fc.oneof(
    { maxDepth: 3, depthSize: "small", depthIdentifier: "body", withCrossShrink: true },
    { weight: 2, arbitrary: fc.constant({ do: "line" }) },
    {
      weight: 9,
      arbitrary: fc.record({
        do: fc.constant("call"),
        to,
        through: fc.constantFrom(
          "nothing",
          "nothing",
          "list",
          "generator",
          "lambda",
          "sort",
          "library",
          "class",
          "closure",
        ),
      }),
    },
    { weight: 1, arbitrary: fc.constant({ do: "print" }) },
    { weight: 2, arbitrary: fc.constant({ do: "raise" }) },
    { weight: 1, arbitrary: fc.constant({ do: "return" }) },
    { weight: 5, arbitrary: fc.constant({ do: "yield" }) },
    { weight: 4, arbitrary: fc.constant({ do: "sleep" }) },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant("try"),
        kind: fc.constantFrom("except", "except-all", "finally"),
        body: tie("body"),
        then: tie("body"),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant("iterate"),
        to,
        until: fc.constantFrom("end", "break", "drop", "keep", "close", "throw", "delegate"),
      }),
    },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constant("with"),
        to,
        kind: fc.constantFrom("class", "swallow", "manager"),
        body: tie("body"),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        do: fc.constant("await"),
        to,
        how: fc.constantFrom(
          "coroutine",
          "gather",
          "cancel",
          "cancel-early",
          "leave",
          "async-for",
          "async-break",
        ),
      }),
    },
    { weight: 5, arbitrary: fc.record({ do: fc.constant("loop"), to }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("thread"),
        to,
        then: fc.constantFrom("join", "join", "go on", "wait for ever"),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("recurse"),
        kind: fc.constantFrom("plain", "finally", "generator"),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("end"), ending }) },
  ) as fc.Arbitrary<Statement>, // fc.oneof does not know that `do` tells the variants apart
}));

const randomFunction: fc.Arbitrary<RandomFunction> = fc.record({
  kind: fc.constantFrom(
    "plain",
    "plain",
    "generator",
    "generator",
    "coroutine",
    "coroutine",
    "async-generator",
    "manager",
  ),
  module: fc.constantFrom("main", "main", "other"),
  body,
});

/** Several functions in each, because a process costs more than what it runs. */
export const randomPrograms: fc.Arbitrary<RandomProgram> = fc.record({
  functions: fc.array(randomFunction, { minLength: 3, maxLength: 12 }),
  main: fc.array(fc.oneof(body), { minLength: 1, maxLength: 5 }).map((bodies) => bodies.flat()),
});

/** All statements of a program, nested ones too. */
export function* statementsOf(program: RandomProgram): Generator<Statement> {
  const inner = function* (some: Body): Generator<Statement> {
    for (const statement of some) {
      yield statement;
      if ("body" in statement) yield* inner(statement.body);
      if ("then" in statement && typeof statement.then !== "string") yield* inner(statement.then);
    }
  };
  yield* inner(program.main);
  for (const { body } of program.functions) yield* inner(body);
}
