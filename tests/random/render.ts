/**
 * The text of a random program. It keeps a log of its own of what it enters and leaves, by `os.write`: nothing of
 * that runs Python code, and it is all there whatever happens next.
 *
 * A line of the log is `THREAD KIND LINE CALL …`, written by the line LINE of the function that CALL is a call of:
 *
 * | kind | |
 * |---|---|
 * | E | entered; after it the module's letter |
 * | - | still there |
 * | S | is about to be suspended, with all that delegates to it |
 * | Y | is about to be suspended alone: an asynchronous generator gives a value to who waits for it |
 * | R, T | goes on: it was resumed, something was thrown into it |
 * | A, B | is about to delegate (`yield from`, `await`, `async for`), has done so |
 * | C | is about to call itself until there is no room |
 * | L | is left; after it 1 if by a value, 0 if by an exception |
 * | U | the script's own code is left by an exception; after it the exception's type. In no function: LINE and CALL are 0 |
 */
import type { Body, FunctionKind, RandomPart, RandomProgram, Statement } from "./programs.ts";

/** A program as files, and what is known of its lines. */
export interface RenderedProgram {
  /** By name; the script is `main.py`. */
  readonly files: ReadonlyMap<string, string>;
  /** By file: for each line, from 1, the qualified names of the functions that it can belong to. */
  readonly owners: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** The qualified names of functions that keep a log. */
  readonly logged: ReadonlySet<string>;
}

/** After so many calls of a part its functions return at once: what can grow exponentially must not. */
const MOST_CALLS = 150;

/** How much deeper than its `def` a function's body stands. */
const BODY_INDENT = 3;

const BASE = `
import asyncio, atexit, contextlib, gc, itertools, os, signal, sys, threading

write = os.write
LOG = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
thread = threading.get_native_id
HOME = thread()
CALLS = itertools.count(1)
in_loop = asyncio._get_running_loop
KEPT = []
CLOSED = set()
KEPT.append(KEPT)
# A traceback on stderr would get in between the lines of another one.
threading.excepthook = bool


class Boom(Exception):
    pass


def recurse_plain(n):
    return recurse_plain(n + 1)


def recurse_finally(n):
    try:
        recurse_finally(n + 1)
    finally:
        n = None


def recurse_generator(n):
    yield from recurse_generator(n + 1)


class Native:
    # Each calls the other one, and neither is Python code.
    __repr__ = object.__str__


NATIVE = Native()
# What is collected or taken apart with the interpreter would run when nothing is recorded any more.
gc.disable()
atexit.register(gc.freeze)
sys.setrecursionlimit(220)
`.trimStart();

/** They call themselves, and nothing else. */
export const BASE_FUNCTIONS: readonly string[] = [
  "recurse_plain",
  "recurse_finally",
  "recurse_generator",
];

/** A part of the program. */
interface Part extends RandomPart {
  /** Numbers of its functions begin here. */
  readonly from: number;
  readonly isLast: boolean;
  /** Threads may be left alone. */
  readonly leavesThreads: boolean;
}

class File {
  readonly lines: string[] = [];
  readonly owners: string[][] = [[]];

  get next(): number {
    return this.lines.length + 1;
  }
}

/** Where statements are written to: a function's body. */
class Place {
  constructor(
    readonly part: Part,
    readonly file: File,
    readonly logged: Set<string>,
    /** Qualified. */
    readonly name: string,
    readonly kind: FunctionKind,
    /** Index of the function in its part; only later ones are called. */
    readonly index: number,
    readonly indent: number,
    readonly module: string,
  ) {}

  line(text: string, ...inner: string[]): void {
    this.file.lines.push("    ".repeat(this.indent) + text);
    this.file.owners.push([this.name, ...inner.map((one) => this.inner(one))]);
  }

  inner(name: string): string {
    return this.name.startsWith("<") ? name : `${this.name}.<locals>.${name}`;
  }

  deeper(): Place {
    return this.at(this.indent + 1);
  }

  at(indent: number): Place {
    const { part, file, logged, name, kind, index, module } = this;
    return new Place(part, file, logged, name, kind, index, indent, module);
  }

  /** Writes a line that writes a line of the log. */
  mark(kind: string, more = ""): void {
    const values = `M.thread(), me${more === "ok" ? ", ok" : ""}`;
    const tail = more === "ok" ? " %d" : more === "" ? "" : ` ${more}`;
    this.line(`M.write(M.LOG, b"%d ${kind} ${this.file.next} %d${tail}\\n" % (${values}))`);
  }

  /**
   * What is closed must not wait for anything again: of a chain that delegates it would be the one inside that fails
   * to end, and who is running when the others let go of it no log can tell.
   */
  unlessClosed(): void {
    this.line("if me in M.CLOSED:");
    this.deeper().line("raise M.Boom(me)");
  }

  /** A `try` whose handlers are marks: what the interpreter does in between is what is recorded. */
  suspend(expression: string, alone = false): void {
    this.unlessClosed();
    this.mark(alone ? "Y" : "S");
    this.line("try:");
    this.deeper().line(expression);
    this.line("except BaseException:");
    this.deeper().mark("T");
    this.deeper().line("if M.sys.exc_info()[0] is GeneratorExit: M.CLOSED.add(me)");
    this.deeper().line("raise");
    this.line("else:");
    this.deeper().mark("R");
  }

  delegate(write: (place: Place) => void): void {
    this.unlessClosed();
    this.mark("A");
    this.line("try:");
    write(this.deeper());
    this.line("except BaseException:");
    this.deeper().mark("B");
    this.deeper().line("if M.sys.exc_info()[0] is GeneratorExit: M.CLOSED.add(me)");
    this.deeper().line("raise");
    this.line("else:");
    this.deeper().mark("B");
  }

  /** A call of a function of this kind, or null where there is none. */
  target(kind: FunctionKind, to: number): string | null {
    const { functions, from } = this.part;
    const fitting = functions.flatMap((one, at) =>
      at > this.index && one.kind === kind ? [from + at] : []
    );
    const at = fitting[to % Math.max(1, fitting.length)];
    return at === undefined ? null : `M.f${at}`;
  }

  get isAsync(): boolean {
    return this.kind === "coroutine" || this.kind === "async-generator";
  }

  /** Up to a `return`: 3.8 drops what follows, and takes the end of a `with` for that line. */
  body(statements: Body): void {
    for (const statement of statements) {
      this.statement(statement);
      if (statement.do === "return") return;
    }
  }

  statement(statement: Statement): void {
    if (!this.write(statement)) this.mark("-");
  }

  /** False where the statement can't stand. */
  write(statement: Statement): boolean {
    switch (statement.do) {
      case "line":
        return false;
      case "print":
        // Only there the order is the same in each run.
        this.line(`if M.thread() == M.HOME: print("call", me)`);
        return true;
      case "raise":
        this.mark("-");
        this.line("raise M.Boom(me)");
        return true;
      case "return":
        this.line("ok = 1");
        this.line("return");
        return true;
      case "yield":
        if (this.kind === "plain" || this.kind === "coroutine") return false;
        this.suspend("yield me", this.kind === "async-generator");
        return true;
      case "sleep":
        if (!this.isAsync) return false;
        this.suspend("await M.asyncio.sleep(0)");
        return true;
      case "call":
        return this.call(statement.through, this.target("plain", statement.to));
      case "try":
        this.tryBlock(statement.kind, statement.body, statement.then);
        return true;
      case "iterate":
        return this.iterate(statement.until, this.target("generator", statement.to));
      case "with":
        return this.withBlock(statement.kind, this.target("manager", statement.to), statement.body);
      case "await":
        if (!this.isAsync) return this.loop(this.target("coroutine", statement.to));
        return this.awaiting(
          statement.how,
          this.target(
            statement.how.startsWith("async") ? "async-generator" : "coroutine",
            statement.to,
          ),
        );
      case "loop":
        return this.loop(this.target("coroutine", statement.to));
      case "thread":
        return this.thread(statement.then, this.target("plain", statement.to));
      case "recurse": {
        const kind = this.part.isLast ? statement.kind : "native";
        if (kind !== "native") this.mark("C");
        this.line("try:");
        this.deeper().line(
          {
            native: "repr(M.NATIVE)",
            plain: "M.recurse_plain(0)",
            finally: "M.recurse_finally(0)",
            generator: "list(M.recurse_generator(0))",
          }[kind],
        );
        this.line("except RecursionError:");
        this.deeper().line("pass");
        this.mark("-");
        return true;
      }
      case "end":
        if (!this.part.isLast) return false;
        this.mark("-");
        this.line(
          statement.ending.how === "kill"
            ? `M.os.kill(M.os.getpid(), M.signal.${statement.ending.signal})`
            : `M.${statement.ending.how}(${statement.ending.status})`,
        );
        return true;
    }
  }

  /** A function inside of this one. */
  define(name: string, body: (inner: Place) => void): void {
    const { part, file, logged, index, indent, module } = this;
    const place = new Place(part, file, logged, this.inner(name), "plain", index, indent, module);
    this.line(`def ${name}():`);
    writeFunction(place, body);
  }

  loop(target: string | null): boolean {
    if (target === null || this.isAsync) return false;
    this.mark("-");
    this.line("if M.in_loop() is None:");
    this.deeper().line(`M.asyncio.run(${target}())`);
    this.mark("-");
    return true;
  }

  call(through: (Statement & { do: "call" })["through"], target: string | null): boolean {
    if (target === null) return false;
    switch (through) {
      case "nothing":
        this.line(`${target}()`);
        break;
      case "list":
        this.line(`[${target}() for _ in "ab"]`, "<listcomp>");
        break;
      case "generator":
        this.line(`any(${target}() for _ in "ab")`, "<genexpr>");
        break;
      case "lambda":
        this.line(`(lambda: ${target}())()`, "<lambda>");
        break;
      case "sort":
        this.line(`sorted("ab", key=lambda _: ${target}() or 0)`, "<lambda>");
        break;
      case "library":
        this.line("with M.contextlib.ExitStack() as stack:");
        this.deeper().line(`stack.callback(${target})`);
        break;
      case "class":
        this.line("class K:", "K");
        this.file.lines.push(`${"    ".repeat(this.indent + 1)}x = ${target}()`);
        this.file.owners.push([this.inner("K")]);
        break;
      case "closure":
        this.define("inner", (inner) => inner.line(`${target}()`));
        this.line("inner()");
        break;
    }
    this.mark("-");
    return true;
  }

  tryBlock(kind: string, body: Body, then: Body): void {
    this.line("try:");
    this.deeper().body(body);
    this.line(
      kind === "finally"
        ? "finally:"
        : kind === "except"
        ? "except Exception:"
        : "except BaseException:",
    );
    this.deeper().mark("-");
    this.deeper().body(then);
    this.mark("-");
  }

  iterate(until: (Statement & { do: "iterate" })["until"], target: string | null): boolean {
    if (target === null) return false;
    const isGenerator = this.kind === "generator" || this.kind === "manager";
    if (until === "delegate" && !isGenerator) until = "end";
    switch (until) {
      case "delegate":
        this.delegate((place) => place.line(`yield from ${target}()`));
        break;
      case "end":
      case "break":
        this.line(`for _ in ${target}():`);
        this.deeper().mark("-");
        if (until === "break") this.deeper().line("break");
        this.mark("-");
        break;
      default:
        // In a list that is emptied by a line of its own: up to 3.12, what was in a variable lives until the next
        // line is observed, and ends where nothing can be.
        this.line(`box = [${target}()]`);
        this.line("try:");
        this.deeper().line("next(box[0], None)");
        this.deeper().mark("-");
        this.deeper().line(
          {
            drop: "pass",
            keep: "M.KEPT.append(box.pop())",
            close: "box[0].close()",
            throw: "box[0].throw(M.Boom(me))",
          }[until],
        );
        this.deeper().mark("-");
        this.line("finally:");
        this.deeper().line("box.clear()");
        this.deeper().mark("-");
    }
    return true;
  }

  withBlock(kind: string, target: string | null, body: Body): boolean {
    this.line(
      kind === "manager" && target !== null
        ? `with M.contextlib.contextmanager(${target})():`
        : `with M.Manager(${kind === "swallow" ? "True" : "False"}):`,
    );
    this.deeper().body(body);
    this.mark("-");
    return true;
  }

  awaiting(how: (Statement & { do: "await" })["how"], target: string | null): boolean {
    if (target === null) return false;
    switch (how) {
      case "coroutine":
        this.delegate((place) => place.line(`await ${target}()`));
        break;
      case "gather":
        this.suspend(`await M.asyncio.gather(${target}(), ${target}(), return_exceptions=True)`);
        break;
      case "async-for":
      case "async-break":
        this.delegate((place) => {
          place.line(`async for _ in ${target}():`);
          place.deeper().mark("-");
          if (how === "async-break") place.deeper().line("break");
        });
        break;
      default:
        this.line(`box = [M.asyncio.get_running_loop().create_task(${target}())]`);
        if (how === "leave") {
          this.line("M.KEPT.extend(box)");
          break;
        }
        if (how === "cancel") this.suspend("await M.asyncio.sleep(0)");
        this.line("box[0].cancel()");
        // Awaiting what is done does not suspend.
        this.line("if not box[0].done():");
        this.deeper().suspend("await box[0]");
        this.mark("-");
    }
    return true;
  }

  thread(then: (Statement & { do: "thread" })["then"], target: string | null): boolean {
    if (target === null) return false;
    if (!this.part.leavesThreads) then = "join";
    const wait = then === "wait for ever";
    this.define("started", (inner) => {
      inner.line(`${target}()`);
      if (wait) inner.line("M.threading.Event().wait()");
    });
    this.line(`box = [M.threading.Thread(target=started, daemon=${wait ? "True" : "False"})]`);
    this.line("box[0].start()");
    if (then === "join") this.line("box[0].join()");
    this.mark("-");
    return true;
  }
}

/** A function's frame around its body; `def` is written already. `place` is where that stands. */
function writeFunction(place: Place, body: (inside: Place) => void): void {
  place.logged.add(place.name);
  const outer = place.at(place.indent + 1);
  const middle = place.at(place.indent + 2);
  const inside = place.at(place.indent + BODY_INDENT);
  outer.line("me, ok = next(M.CALLS), 0");
  outer.line("try:");
  middle.line("try:");
  inside.mark("E", place.module);
  inside.line("if me > M.MOST:");
  inside.deeper().line("ok = 1");
  inside.deeper().line("return");
  body(inside);
  inside.line("ok = 1");
  middle.line("except BaseException:");
  inside.line("ok = 0");
  inside.line("raise");
  outer.line("finally:");
  // 3.9 has no line event for a `finally` of one line when an exception passes through.
  middle.line("ok = ok");
  middle.mark("L", "ok");
}

/** Writes the program. */
export function render(program: RandomProgram): RenderedProgram {
  const logged = new Set<string>();
  const files = { main: new File(), other: new File() };
  let from = 0;
  const parts = program.parts.map((part, at): Part => {
    const isLast = at === program.parts.length - 1;
    // With a file that activates, what a thread has recorded depends on what the others are in just then.
    const leavesThreads = isLast && program.gate.activates === null;
    from += part.functions.length;
    return { ...part, from: from - part.functions.length, isLast, leavesThreads };
  });
  const last = parts.at(-1)!; // holds: a program has a part
  const at = (
    part: Part,
    module: "main" | "other",
    name: string,
    kind: FunctionKind,
    index: number,
  ) => new Place(part, files[module], logged, name, kind, index, 0, module[0] ?? "");
  const top = (module: "main" | "other") =>
    at(last, module, module === "main" ? "<__main__>" : "<other>", "plain", 0);
  top("main").line("import base as M");
  top("main").line("import other");
  top("other").line("import base as M");

  for (const part of parts) {
    for (const [index, { kind, module, body }] of part.functions.entries()) {
      const name = `f${part.from + index}`;
      const isAsync = kind === "coroutine" || kind === "async-generator";
      top(module).line(`${isAsync ? "async " : ""}def ${name}():`);
      writeFunction(at(part, module, name, kind, index), (inside) => {
        inside.body(body);
        if (kind !== "plain" && kind !== "coroutine") inside.line("if not me: yield");
        if (kind === "coroutine") inside.line("if not me: await M.asyncio.sleep(0)");
      });
      top(module).line(`M.${name} = ${name}`);
    }
  }

  top("other").line("class Manager:", "Manager");
  const members: [string, string, string][] = [
    ["Manager.__init__", "def __init__(self, swallow):", "self.swallow = swallow"],
    ["Manager.__enter__", "def __enter__(self):", "pass"],
    ["Manager.__exit__", "def __exit__(self, *about):", "return self.swallow"],
  ];
  for (const [name, head, text] of members) {
    files.other.lines.push(`    ${head}`);
    files.other.owners.push(["Manager"]);
    const place = at(last, "other", name, "plain", 0).at(1);
    writeFunction(place, (inside) => {
      if (text.startsWith("return")) inside.line("ok = 1");
      inside.line(text);
    });
  }
  top("other").line("M.Manager = Manager");

  top("main").line("M.MOST = 1");
  top("main").line("def main():");
  const main = (part: Part) => at(part, "main", "main", "plain", -1);
  writeFunction(main(last), (here) => {
    for (const part of parts) {
      const inside = main(part).at(here.indent);
      inside.line(`M.MOST = next(M.CALLS) + ${MOST_CALLS}`);
      for (const statement of part.main) {
        // One that fails is not the end of the program.
        inside.line("try:");
        inside.deeper().statement(statement);
        inside.line("except (M.Boom, RuntimeError, M.asyncio.CancelledError):");
        inside.deeper().mark("-");
      }
    }
    here.body(program.last);
  });
  top("main").line("try:");
  top("main").deeper().line("main()");
  top("main").line("except BaseException as error:");
  top("main").deeper().line(
    String.raw`M.write(M.LOG, b"%d U 0 0 %s\n" % (M.thread(), type(error).__name__.encode()))`,
  );
  top("main").deeper().line("raise");
  top("main").line(`print("the end")`);

  const base = new File();
  let owner = "<base>";
  for (const line of BASE.split("\n")) {
    if (/^\S/.test(line)) owner = "<base>";
    base.lines.push(line);
    base.owners.push(
      line.startsWith("    ") && owner === "<base>"
        ? ["Boom", "Native"]
        : line.startsWith("class")
        ? [owner, "Boom", "Native"]
        : [owner],
    );
    const [, name] = /^def (\w+)/.exec(line) ?? [];
    if (name !== undefined && BASE_FUNCTIONS.includes(name)) owner = name;
  }

  const all = { ...files, base };
  return {
    files: new Map(
      Object.entries(all).map(([name, { lines }]) => [`${name}.py`, `${lines.join("\n")}\n`]),
    ),
    owners: new Map(Object.entries(all).map(([name, { owners }]) => [`${name}.py`, owners])),
    logged,
  };
}
