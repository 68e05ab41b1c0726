/**
 * Patterns, and the machines that match them.
 *
 * Globs, regexes and literals all become one kind of machine, plain data that the recorder and the agent
 * in the program walk in the same way: so both answer alike, no regex engine is loaded into the program,
 * and no pattern, however it is written, takes more than one pass over a name.
 */
import { type CharacterSet, contains, WORD } from "./character_set.ts";

/** A pattern, taken apart. */
export type Pattern =
  | { readonly kind: "set"; readonly set: CharacterSet }
  | { readonly kind: "sequence"; readonly parts: readonly Pattern[] }
  | { readonly kind: "choice"; readonly options: readonly Pattern[] }
  | {
    readonly kind: "repeat";
    readonly part: Pattern;
    readonly least: number;
    /** Infinity for no bound. */
    readonly most: number;
  }
  | { readonly kind: "place"; readonly place: Place };

/** Start of the name, its end, an edge of a word (`\b`), anywhere but such an edge (`\B`). */
export type Place = 0 | 1 | 2 | 3;
export const START: Place = 0;
export const END: Place = 1;
export const EDGE: Place = 2;
export const INSIDE: Place = 3;

/** Kinds of states, each the first element of a state. */
export const TAKE = 0;
export const FORK = 1;
export const HOLD = 2;
export const ACCEPT = 3;

/**
 * A machine; state 0 is where it begins. A state is
 * [TAKE, next, low, high, low, high, …], [FORK, next, next, …], [HOLD, next, place] or [ACCEPT].
 */
export type Automaton = readonly (readonly number[])[];

/** A machine may have this many states; counted repetitions inside of each other multiply. */
export const MOST_STATES = 5000;

/** The machine of a pattern; null where it would have more than {@link MOST_STATES} states. */
export function compile(pattern: Pattern): Automaton | null {
  if (statesOf(pattern) + 2 > MOST_STATES) return null;
  const start = [FORK];
  const states: number[][] = [start];
  const add = (state: number[]): number => states.push(state) - 1;
  /** The state in which `part` begins, given the one that follows it. */
  const build = (part: Pattern, next: number): number => {
    switch (part.kind) {
      case "set":
        return add([TAKE, next, ...part.set]);
      case "place":
        return add([HOLD, next, part.place]);
      case "sequence":
        return part.parts.reduceRight((following, each) => build(each, following), next);
      case "choice":
        return add([FORK, ...part.options.map((option) => build(option, next))]);
      case "repeat": {
        let following = next;
        if (part.most === Infinity) {
          const loop = [FORK];
          following = add(loop);
          loop.push(build(part.part, following), next);
        } else {
          for (let n = part.least; n < part.most; n++) {
            following = add([FORK, build(part.part, following), next]);
          }
        }
        for (let n = 0; n < part.least; n++) {
          const first = build(part.part, following);
          // Nothing, however often it is repeated, is nothing.
          if (first === following) break;
          following = first;
        }
        return following;
      }
    }
  };
  start.push(build(pattern, add([ACCEPT])));
  return states;
}

/** How many states {@link compile} makes of a pattern, besides the first and the last. */
function statesOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case "set":
    case "place":
      return 1;
    case "sequence":
      return sum(pattern.parts.map(statesOf));
    case "choice":
      return 1 + sum(pattern.options.map(statesOf));
    case "repeat": {
      const { least, most } = pattern;
      const part = statesOf(pattern.part);
      return least * part + (most === Infinity ? 1 + part : (most - least) * (1 + part));
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** Whether the whole of `text` matches. */
export function matches(automaton: Automaton, text: string): boolean {
  let states = new Set([0]);
  let before = NONE;
  for (const character of text) {
    const point = character.codePointAt(0)!; // holds: a character of a text is one
    const here = contains(WORD, point) ? IN_WORD : BETWEEN_WORDS;
    const following = new Set<number>();
    for (const index of reached(automaton, states, before, here)) {
      const state = automaton[index]!; // holds: states name states of their machine
      // holds: what takes a character names the next one
      if (state[0] === TAKE && contains(state, point, 2)) following.add(state[1]!);
    }
    if (following.size === 0) return false;
    states = following;
    before = here;
  }
  return reached(automaton, states, before, NONE)
    .some((index) => automaton[index]?.[0] === ACCEPT);
}

/** What stands on one side of a place in a name: its start or end, part of a word, anything else. */
const NONE = 0;
const IN_WORD = 1;
const BETWEEN_WORDS = 2;

/** All states that are reached from `states` without taking a character. */
function reached(
  automaton: Automaton,
  states: Iterable<number>,
  before: number,
  after: number,
): number[] {
  const seen = new Set(states);
  const open = [...seen];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const state = automaton[index]!; // holds: states name states of their machine
    let next: readonly number[] = [];
    if (state[0] === FORK) next = state.slice(1);
    // holds: what holds names the next state and a place
    else if (state[0] === HOLD && holds(state[2]!, before, after)) next = [state[1]!];
    for (const each of next) {
      if (!seen.has(each)) {
        seen.add(each);
        open.push(each);
      }
    }
  }
  return [...seen];
}

function holds(place: number, before: number, after: number): boolean {
  if (place === START) return before === NONE;
  if (place === END) return after === NONE;
  return ((before === IN_WORD) !== (after === IN_WORD)) === (place === EDGE);
}
