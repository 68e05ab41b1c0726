/** Small programs' runs, written as traces: what a thread did, event by event. */
import fc from "fast-check";
import type { TraceWriter } from "../../../src/trace/trace_writer.ts";
import { writeTrace } from "../_write_trace.ts";

/** What a thread does. */
export type Event =
  | { readonly what: "enter"; readonly name: string }
  | { readonly what: "step"; readonly file: number; readonly line: number; readonly vars: Vars }
  | { readonly what: "exit"; readonly value: number }
  | { readonly what: "print"; readonly text: string }
  | { readonly what: "raise"; readonly message: string };

/** Variables by name; an int, a text, or a set of ints or texts in the order in which it is stored. */
export type Vars = Readonly<Record<string, number | string | readonly (number | string)[]>>;

/** How to write. */
export interface WriteOptions {
  /** In which order names get their ids, and which thread goes on; anything does. */
  readonly chance?: readonly number[];
  /** Where the sources lie. */
  readonly folder?: string;
}

const FILES = ["app.py", "lib/tools.py", "lib/other/tools.py"];
const LINES = 30;
const NAMES = ["f", "g", "Cart.total", "x", "y", "z", "names", "<__main__>"];
const TYPES = ["int", "set", "<piece>", "str"];
const GOES_ON = "<goes on after a thread switch>";

/** A run of one thread: below one outermost call, each call begins with a step. */
export const thread: fc.Arbitrary<Event[]> = fc.array(
  fc.record({
    choice: fc.nat(9),
    name: fc.constantFrom("f", "g", "Cart.total"),
    file: fc.nat(FILES.length - 1),
    line: fc.integer({ min: 1, max: 6 }),
    x: fc.nat(3),
    names: fc.uniqueArray(fc.nat(5), { maxLength: 4 }),
  }),
  { maxLength: 60 },
).map((choices) => {
  const step = ({ file, line, x, names }: (typeof choices)[number]): Event => ({
    what: "step",
    file,
    line,
    vars: x === 0 ? { x } : { x, y: x * 2, names },
  });
  const events: Event[] = [
    { what: "enter", name: "<__main__>" },
    { what: "step", file: 0, line: 1, vars: {} },
  ];
  let depth = 1;
  for (const choice of choices) {
    if (choice.choice >= 8) {
      events.push({ what: "enter", name: choice.name }, step(choice));
      depth++;
    } else if (choice.choice >= 6 && depth > 1) {
      events.push({ what: "exit", value: choice.x }, step(choice));
      depth--;
    } else events.push(step(choice));
  }
  while (depth-- > 0) events.push({ what: "exit", value: 0 });
  return events;
});

/** Writes what threads did into a file. The first one is the main thread. */
export function writeRun(
  path: string,
  threads: readonly (readonly Event[])[],
  { chance = [0], folder = "/w" }: WriteOptions = {},
): void {
  let turn = 0;
  const random = (below: number) => chance[turn++ % chance.length]! % below;
  const inAnyOrder = <T>(items: readonly T[]): T[] => {
    const left = [...items];
    return items.map(() => left.splice(random(left.length), 1)[0]!);
  };
  writeTrace(path, (writer) => {
    const encode = new Encoder(writer);
    for (const name of inAnyOrder(NAMES)) (writer.functionId(name), writer.variableId(name));
    for (const name of inAnyOrder(TYPES)) writer.typeId(name);
    const paths = new Map<number, number>();
    for (const file of inAnyOrder(FILES.keys().toArray())) {
      paths.set(file, writer.pathId(`${folder}/${FILES[file]}`, Array(LINES).fill(40)));
    }
    const open: string[][] = threads.map(() => []);
    const next = threads.map(() => 0);
    const started = new Set([0]);
    let current = 0;
    const goTo = (number: number) => {
      for (let n = open[current]!.length; n > 0; n--) encode.exit(encode.raw(GOES_ON, "<piece>"));
      for (const name of open[number]!) writer.enter(writer.functionId(name));
      current = number;
      // A thread's first call is entered ahead of the record that says that it begins.
      const event = threads[number]![next[number]!];
      if (open[number]!.length === 0 && event?.what === "enter") perform(number, event);
      if (started.has(number)) writer.threadSwitch(number);
      else writer.threadStart(number);
      started.add(number);
    };
    const perform = (number: number, event: Event) => {
      next[number]!++;
      const calls = open[number]!;
      if (event.what === "enter") {
        calls.push(event.name);
        writer.enter(writer.functionId(event.name));
      } else if (event.what === "exit") {
        calls.pop();
        encode.exit(encode.int(event.value));
      } else if (event.what === "print") {
        const bytes = new TextEncoder().encode(event.text);
        writer.event(0, writer.stepRecords - 1, "", bytes, 0, bytes.length);
      } else if (event.what === "raise") {
        writer.raise(writer.typeId("ValueError"), new TextEncoder().encode(event.message));
      } else {
        writer.step(writer.position(paths.get(event.file)!, event.line, 1));
        for (const [name, value] of inAnyOrder(Object.entries(event.vars))) {
          const bytes = typeof value === "object" ? encode.set(value) : encode.one(value);
          writer.value(writer.variableId(name), bytes, 0, bytes.length);
        }
      }
    };
    const isLeft = (number: number) => next[number]! < threads[number]!.length;
    while (threads.some((_, number) => isLeft(number))) {
      const running = threads.keys().filter(isLeft).toArray();
      const stays = isLeft(current) && (writer.stepRecords === 0 || random(3) > 0);
      const number = stays ? current : running[random(running.length)]!;
      if (number !== current) goTo(number);
      if (isLeft(number)) perform(number, threads[number]![next[number]!]!);
      // A call holds a step of its own.
      const event = threads[number]![next[number]!];
      if (event?.what === "step" && threads[number]![next[number]! - 1]?.what === "enter") {
        perform(number, event);
      }
    }
  }, { workdir: folder });
}

class Encoder {
  constructor(readonly writer: TraceWriter) {}

  exit(bytes: Uint8Array): void {
    this.writer.exit(bytes, 0, bytes.length);
  }

  int(value: number): Uint8Array {
    return Uint8Array.from([
      0xa3,
      ...text("kind"),
      ...text("Int"),
      ...text("i"),
      value,
      ...this.#type("int"),
    ]);
  }

  one(value: number | string): Uint8Array {
    return typeof value === "number" ? this.int(value) : this.string(value);
  }

  string(content: string): Uint8Array {
    const letters = new TextEncoder().encode(content);
    return Uint8Array.from([
      0xa3,
      ...text("kind"),
      ...text("String"),
      ...text("text"),
      0x78,
      letters.length,
      ...letters,
      ...this.#type("str"),
    ]);
  }

  set(values: readonly (number | string)[]): Uint8Array {
    return Uint8Array.from([
      0xa4,
      ...text("kind"),
      ...text("Sequence"),
      ...text("elements"),
      0x80 + values.length,
      ...values.flatMap((value) => [...this.one(value)]),
      ...text("is_slice"),
      0xf4,
      ...this.#type("set"),
    ]);
  }

  raw(content: string, type: string): Uint8Array {
    const letters = new TextEncoder().encode(content);
    return Uint8Array.from([
      0xa3,
      ...text("kind"),
      ...text("Raw"),
      ...text("r"),
      0x78,
      letters.length,
      ...letters,
      ...this.#type(type),
    ]);
  }

  #type(name: string): number[] {
    return [...text("type_id"), this.writer.typeId(name)];
  }
}

function text(word: string): number[] {
  return [0x60 + word.length, ...new TextEncoder().encode(word)];
}
