/**
 * Machines as tables, in which each character is one look-up: the agent takes a hundredth of the time for a name that it
 * would take to walk the machine. Making one takes longer than a recording's start may: `deno task embed` does it for the
 * patterns of the recorder's own filters.
 */
import { ACCEPT, type Automaton, FORK, HOLD, TAKE } from "./automaton.ts";

/** The character that stands for state 0, behind it those for the others; ahead of it that for none. */
const FIRST = 0x4e00;
const LAST = 0x9fff;
const NONE = -1;
const HIGHEST = 0x10ffff;

/** While a table is made, before equal states become one; that many take a minute. */
const MOST_STATES = 50000;

interface Table {
  /** By state, then by column, the next state. */
  readonly rows: readonly (readonly number[])[];
  readonly accepts: readonly boolean[];
}

/**
 * The table of a machine: `#width,start,accepting,border,column,border,column,…;` and for each state `width` characters,
 * which say what the next state is. From the code point `border` on, up to the next, characters belong to `column`. States
 * from `accepting` on accept.
 *
 * @param mostStates It may have while it is made, before equal ones become one.
 * @returns null for machines that hold at places, and where there would be too many states.
 */
export function tableOf(automaton: Automaton, mostStates = MOST_STATES): string | null {
  if (automaton.some(([kind]) => kind === HOLD)) return null;
  const borders = bordersOf(automaton);
  const whole = determined(automaton, borders, mostStates);
  if (whole === null) return null;
  const least = merged(whole);
  if (least.rows.length > LAST - FIRST) return null;
  // Those that accept come last.
  const order = [...least.rows.keys()]
    .sort((a, b) => Number(least.accepts[a]) - Number(least.accepts[b]) || a - b);
  const places = new Map(order.map((state, place) => [state, place]));
  const columns = new Map<string, number>();
  const columnOf = borders.map((_, index) => {
    const key = least.rows.map((row) => row[index]).join();
    if (!columns.has(key)) columns.set(key, columns.size);
    return columns.get(key);
  });
  const firsts = [...columns.values()].map((column) => columnOf.indexOf(column));
  const text = order.map((state) =>
    firsts.map((index) => {
      const next = least.rows[state]![index]!; // holds: each state has a row, each row all columns
      return String.fromCharCode(FIRST + (next === NONE ? NONE : places.get(next)!)); // holds: all have one
    }).join("")
  ).join("");
  const accepting = order.findIndex((state) => least.accepts[state]);
  const head = [columns.size, places.get(0), accepting === -1 ? order.length : accepting];
  const drawn = borders.flatMap((border, index) =>
    index > 0 && columnOf[index] === columnOf[index - 1] ? [] : [border, columnOf[index]]
  );
  return `#${[...head, ...drawn].join(",")};${text}`;
}

/** As {@link tableOf}, of a matcher in a compiled filter; null for literals too. */
export function tableOfMatcher(matcher: string): string | null {
  if (matcher.startsWith("=")) return null;
  return tableOf(matcher.split(";").map((state) => state.split(",").map(Number)));
}

/** Where the ranges of characters begin that the machine takes alike. */
function bordersOf(automaton: Automaton): number[] {
  const borders = new Set([0]);
  for (const [kind, , ...ranges] of automaton) {
    if (kind !== TAKE) continue;
    for (const [index, end] of ranges.entries()) borders.add(index % 2 === 0 ? end : end + 1);
  }
  borders.delete(HIGHEST + 1);
  return [...borders].sort((a, b) => a - b);
}

/** One state for each set of states that the machine may be in at a time. */
function determined(
  automaton: Automaton,
  borders: readonly number[],
  mostStates: number,
): Table | null {
  const reached = automaton.map((_, state) => reachedFrom(automaton, state));
  const takes = automaton.map(([kind, , ...ranges]) =>
    kind !== TAKE
      ? []
      : borders.map((point) =>
        ranges.some((low, index) => index % 2 === 0 && low <= point && point <= ranges[index + 1]! // holds: ranges are pairs
        )
      )
  );
  const accepting = (states: readonly number[]) =>
    states.some((state) => automaton[state]?.[0] === ACCEPT);
  /** Whether it accepts whatever comes. */
  const all = automaton.map(([kind, next], state) => {
    const following = kind === TAKE ? reached[next!]! : []; // holds: what takes a character names the next one
    return takes[state]!.every(Boolean) && following.includes(state) && accepting(following); // holds: one for each
  });
  const numbers = new Map<string, number>();
  const sets: (readonly number[])[] = [];
  const numberOf = (states: Iterable<number>): number => {
    let set = [...new Set(states)].sort((a, b) => a - b);
    const universal = accepting(set) ? set.find((state) => all[state]) : undefined;
    if (universal !== undefined) {
      set = set.filter((state) => state === universal || automaton[state]![0] === ACCEPT); // holds: as above
    }
    const key = set.join();
    let number = numbers.get(key);
    if (number === undefined) {
      number = sets.push(set) - 1;
      numbers.set(key, number);
    }
    return number;
  };
  numberOf(reached[0]!); // holds: every machine has a state 0
  const rows: number[][] = [];
  for (const set of sets) { // which grows meanwhile
    rows.push(borders.map((_, column) => {
      const following = set.filter((state) => takes[state]![column]) // holds: as above
        .flatMap((state) => reached[automaton[state]![1]!]!); // holds: as above
      return following.length === 0 ? NONE : numberOf(following);
    }));
    if (sets.length > mostStates) return null;
  }
  return { rows, accepts: sets.map(accepting) };
}

/** What is reached from a state without taking a character, and takes one or accepts. */
function reachedFrom(automaton: Automaton, from: number): number[] {
  const seen = new Set([from]);
  for (const state of seen) { // which grows meanwhile
    const [kind, ...next] = automaton[state]!; // holds: states name states of their machine
    if (kind === FORK) { for (const each of next) seen.add(each); }
  }
  return [...seen].filter((state) => automaton[state]![0] !== FORK); // holds: as above
}

/** The same with one state for all that do the same with whatever follows (Moore's algorithm). State 0 stays the first. */
function merged({ rows, accepts }: Table): Table {
  let classes = accepts.map(Number);
  let count = 0;
  while (true) {
    const keys = new Map<string, number>();
    classes = rows.map((row, state) => {
      const key = `${classes[state]}:${row.map((next) => next === NONE ? NONE : classes[next])}`;
      const known = keys.get(key) ?? keys.size;
      keys.set(key, known);
      return known;
    });
    if (keys.size === count) break;
    count = keys.size;
  }
  const firsts = Array.from({ length: count }, (_, each) => classes.indexOf(each));
  return {
    rows: firsts.map((first) => rows[first]!.map((next) => next === NONE ? NONE : classes[next]!) // holds: each state has a row and a class
    ),
    accepts: firsts.map((first) => accepts[first]!), // holds: one for each
  };
}
