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
  | { readonly do: "recurse"; readonly kind: "plain" | "finally" | "generator" | "native" }
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

/** What could be a program by itself: it calls functions of its own alone. */
export interface RandomPart {
  readonly functions: readonly RandomFunction[];
  /** Each runs, also after one that failed. */
  readonly main: Body;
}

export interface RandomProgram {
  /** One after the other, for a process costs more than what it runs. Only the last does what may cut a program off. */
  readonly parts: readonly RandomPart[];
  /** How the program ends. */
  readonly last: Body;
  readonly gate: RandomGate;
}

/** Which part of the program is recorded. */
export interface RandomGate {
  /** The file that a filter skips. */
  readonly skips: "other.py" | "main.py" | null;
  /** The file by which the recording is on. */
  readonly activates: "other.py" | null;
}

const to = fc.nat(7);

const ending: fc.Arbitrary<Ending> = fc.oneof(
  fc.record({
    how: fc.constantFrom("sys.exit", "os._exit"),
    status: fc.constantFrom(0, 1, 3, 255),
  }, { noNullPrototype: true }),
  fc.record({ how: fc.constant("kill"), signal: fc.constantFrom("SIGKILL", "SIGTERM") }, {
    noNullPrototype: true,
  }),
);

type Arbitraries = { body: Body; statement: Statement };

/** What functions of one kind do, and how often: what can't stand in them is rare. */
function bodiesOf(kind: FunctionKind): fc.LetrecValue<Arbitraries> {
  const yields = kind !== "plain" && kind !== "coroutine";
  const awaits = kind === "coroutine" || kind === "async-generator";
  const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });
  return fc.letrec<Arbitraries>((tie) => {
    const nested = { body: tie("body") };
    return {
      body: fc.array(tie("statement"), { minLength: 1, maxLength: 4, size: "max" }),
      statement: fc.oneof(
        { maxDepth: 3, depthSize: "max", depthIdentifier: kind, withCrossShrink: true },
        weighted(4, just("line")),
        weighted(4, just("print")),
        weighted(4, just("raise")),
        weighted(3, just("return")),
        weighted(yields ? 40 : 1, just("yield")),
        weighted(awaits ? 30 : 1, just("sleep")),
        weighted(
          24,
          variant("call", {
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
        ),
        weighted(
          24,
          variant("try", {
            kind: fc.constantFrom("except", "except-all", "finally"),
            then: tie("body"),
            ...nested,
          }),
        ),
        weighted(
          24,
          variant("iterate", {
            to,
            until: yields && !awaits
              ? fc.constantFrom(
                "end",
                "break",
                "drop",
                "keep",
                "close",
                "throw",
                "delegate",
                "delegate",
              )
              : fc.constantFrom("end", "break", "drop", "keep", "close", "throw"),
          }),
        ),
        weighted(
          16,
          variant("with", {
            to,
            kind: fc.constantFrom("class", "swallow", "manager", "manager"),
            ...nested,
          }),
        ),
        weighted(
          awaits ? 60 : 1,
          variant("await", {
            to,
            how: fc.constantFrom(
              "coroutine",
              "coroutine",
              "gather",
              "cancel",
              "cancel-early",
              "leave",
              "async-for",
              "async-break",
            ),
          }),
        ),
        weighted(awaits ? 1 : 16, variant("loop", { to })),
        weighted(
          6,
          variant("thread", {
            to,
            then: fc.constantFrom("join", "join", "go on", "wait for ever"),
          }),
        ),
        weighted(
          2,
          variant("recurse", { kind: fc.constantFrom("plain", "finally", "generator", "native") }),
        ),
        weighted(1, variant("end", { ending })),
      ) as fc.Arbitrary<Statement>, // oneof does not know that `do` tells the variants apart
    };
  });
}

function just<Do extends string>(name: Do): fc.Arbitrary<{ do: Do }> {
  return fc.constant({ do: name });
}

function variant<Do extends string, Rest extends Record<string, unknown>>(
  name: Do,
  rest: { [K in keyof Rest]: fc.Arbitrary<Rest[K]> },
) {
  return fc.record({ do: fc.constant(name), ...rest }, { noNullPrototype: true });
}

const KINDS: readonly FunctionKind[] = [
  "plain",
  "generator",
  "coroutine",
  "async-generator",
  "manager",
];
const KIND_WEIGHTS: Readonly<Record<FunctionKind, number>> = {
  "plain": 3,
  "generator": 3,
  "coroutine": 4,
  "async-generator": 2,
  "manager": 1,
};

const randomFunction: fc.Arbitrary<RandomFunction> = fc.oneof(...KINDS.map((kind) => ({
  weight: KIND_WEIGHTS[kind],
  arbitrary: fc.record({
    kind: fc.constant(kind),
    module: fc.constantFrom("main", "main", "other"),
    body: bodiesOf(kind).body,
  }, { noNullPrototype: true }),
})));

const randomPart: fc.Arbitrary<RandomPart> = fc.record({
  functions: fc.array(randomFunction, { minLength: 1, maxLength: 14, size: "max" }),
  main: fc.array(bodiesOf("plain").statement, { minLength: 1, maxLength: 12, size: "max" }),
}, { noNullPrototype: true });

/** Programs of so many parts. */
export const randomPrograms = (
  least: number,
  most: number,
): fc.Arbitrary<RandomProgram> =>
  fc.record({
    parts: fc.array(randomPart, { minLength: least, maxLength: most, size: "max" }),
    last: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.constant<Body>([{ do: "raise" }]) },
      { weight: 1, arbitrary: ending.map((ending): Body => [{ do: "end", ending }]) },
    ),
    gate: fc.record({
      skips: fc.constantFrom(null, null, "other.py", "main.py"),
      activates: fc.constantFrom(null, null, "other.py"),
    }, { noNullPrototype: true }),
  }, { noNullPrototype: true });

/** What of a program's comparison has to be left open. */
export interface Uncertain {
  /** Threads that nobody waits for. */
  readonly threads: boolean;
  /** Recursion of Python code until there is no room for the recorder's own either. */
  readonly recursion: boolean;
}

/** Both may be in a program's last part alone, threads only where the time of each call is not what is recorded. */
export function uncertain({ parts, last, gate }: RandomProgram): Uncertain {
  const { functions, main } = parts.at(-1)!; // holds: a program has a part
  const statements = [main, last, ...functions.map(({ body }) => body)].flatMap(statementsOf);
  return {
    threads: gate.activates === null &&
      statements.some((one) => one.do === "thread" && one.then !== "join"),
    recursion: statements.some((one) => one.do === "recurse" && one.kind !== "native"),
  };
}

function statementsOf(some: Body): Statement[] {
  return some.flatMap((statement) => [
    statement,
    ..."body" in statement ? statementsOf(statement.body) : [],
    ..."then" in statement && typeof statement.then !== "string"
      ? statementsOf(statement.then)
      : [],
  ]);
}
