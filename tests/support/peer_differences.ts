/**
 * Compares a trace of ours with the peer's of the same program. Every kind of difference has a name here and a row in
 * design-docs/peer-differences.md, which says who is right; whatever has none is a failure.
 */
import { type Actual, type ReadTrace, traceThreads, type TraceValue } from "./compare.ts";
import type { PeerToken, PeerTrace, PeerValue } from "./peer.ts";

/** The kinds of difference that are known. */
export const DIFFERENCES = [
  "step on the def line",
  "argument leaks to the caller",
  "call without a line",
  "turn of a loop on one line",
  "code from text",
  "after the main module",
  "arguments of a resumed call",
  "iterator of a comprehension",
  "module without a name",
  "exception as return value",
  "globals everywhere",
  "dunders of modules",
  "text of a value",
  "order of an OrderedDict",
  "named tuple without names",
  "type under a general name",
  "bounded",
  "cycle",
  "lone surrogates",
  "hidden by its name",
  "end of the program",
] as const;
/** One of them. */
export type Difference = typeof DIFFERENCES[number];

/** What two traces of one program differ in. */
export interface PeerComparison {
  /** How often each known kind was met. */
  readonly known: ReadonlyMap<Difference, number>;
  /** What is not listed, ready to be read. */
  readonly unlisted: readonly string[];
  /** How many steps, calls and values were found to be the same. */
  readonly same: { steps: number; calls: number; values: number };
}

const MOST_SHOWN = 12;

/** Compares them; the program has one thread. */
export function compareWithPeer(ours: ReadTrace, peer: PeerTrace): PeerComparison {
  const comparison = new Comparison(ours.types, peer.types);
  comparison.met("step on the def line", peer.inventedSteps);
  comparison.met("argument leaks to the caller", peer.leakedArguments);
  const threads = traceThreads(ours);
  if (typeof threads === "string") comparison.unlisted.push(threads);
  else if (threads.length !== 1) comparison.unlisted.push(`${threads.length} threads`);
  else {
    const mine = comparison.fromFiles(comparison.untilTheEnd(threads[0]!.flat()));
    comparison.tokens(...comparison.withoutTurns(mine, peer.tokens));
  }
  return comparison;
}

class Comparison implements PeerComparison {
  readonly known = new Map<Difference, number>();
  readonly unlisted: string[] = [];
  readonly same = { steps: 0, calls: 0, values: 0 };
  /** Names that modules ever show. */
  readonly #globals = new Set<string>();
  /** By function, the names that are ever shown in it. */
  readonly #shown = new Map<string, Set<string>>();

  constructor(readonly ourTypes: readonly string[], readonly peerTypes: readonly string[]) {}

  met(difference: Difference, times = 1): void {
    if (times > 0) this.known.set(difference, (this.known.get(difference) ?? 0) + times);
  }

  /**
   * Ours without the turns of loops on one line, which the peer has no steps for: so a call with nothing else may be
   * empty there. The peer's without the other calls in which no line runs, such as those that close a generator.
   */
  withoutTurns(
    allOfOurs: readonly Actual[],
    allOfPeers: readonly PeerToken[],
  ): [readonly Actual[], readonly PeerToken[]] {
    const ours = withoutRepeated(allOfOurs), peers = withoutRepeated(allOfPeers);
    const repeated = allOfOurs.length - ours.length - (allOfPeers.length - peers.length);
    this.met("turn of a loop on one line", repeated);
    const mine: Actual[] = [], theirs: PeerToken[] = [];
    const functions: string[] = [], seen = new Set<string>();
    let there = 0;
    for (const [at, our] of ours.entries()) {
      if (our.what === "step") {
        // A generator goes on: what ran before is another call.
        const where = `${functions.at(-1)} ${place(our)}`, next = behindEmptyCalls(peers, there);
        if (seen.has(where) && (next === undefined || place(our) !== place(next))) {
          this.met("turn of a loop on one line");
          continue;
        }
        seen.add(where);
      }
      for (
        let behindEmpty = endOfEmptyCall(peers, there);
        behindEmpty !== null && !hasOnlyTurns(ours, at, seen);
        behindEmpty = endOfEmptyCall(peers, there)
      ) {
        this.met("call without a line");
        there = behindEmpty;
      }
      if (our.what === "enter") functions.push(our.name);
      else if (our.what === "leave") functions.pop();
      const peer = peers[there];
      mine.push(our);
      if (peer !== undefined) theirs.push(peer);
      there++;
    }
    while (there < peers.length) {
      const behindEmpty = endOfEmptyCall(peers, there);
      if (behindEmpty === null) theirs.push(peers[there]!); // holds: there < peers.length
      else this.met("call without a line");
      there = behindEmpty ?? there + 1;
    }
    return [mine, theirs];
  }

  /** Without what runs when the main module has ended: exit handlers, what makes a text of the exit status. */
  untilTheEnd(tokens: readonly Actual[]): Actual[] {
    let depth = 0;
    for (const [at, token] of tokens.entries()) {
      if (token.what === "enter") depth++;
      if (token.what === "leave" && --depth === 0) {
        const after = tokens.slice(at + 1).filter(({ what }) => what === "enter").length;
        this.met("after the main module", after);
        return tokens.slice(0, at + 1);
      }
    }
    return [...tokens];
  }

  /** Without the calls of code that was made from text, `<string>` and the like; what they call stays. */
  fromFiles(tokens: readonly Actual[]): Actual[] {
    const open: boolean[] = [];
    return tokens.filter((token, at) => {
      if (token.what === "enter") {
        const next = tokens[at + 1];
        open.push(next?.what !== "step" || !/^<.*>$/.test(next.file));
        if (!open.at(-1)) this.met("code from text");
      }
      const kept = open.at(-1) ?? true;
      if (token.what === "leave") open.pop();
      return kept;
    });
  }

  #note(tokens: readonly Actual[]): void {
    const functions: string[] = [];
    for (const token of tokens) {
      if (token.what === "enter") functions.push(token.name);
      else if (token.what === "leave") functions.pop();
      else {
        const inside = functions.at(-1) ?? "";
        if (isModule(inside)) { for (const name of token.vars.keys()) this.#globals.add(name); }
        // Several lambdas of one function share its name.
        if (inside.endsWith("<lambda>")) continue;
        let names = this.#shown.get(inside);
        if (names === undefined) this.#shown.set(inside, names = new Set());
        for (const name of token.vars.keys()) names.add(name);
      }
    }
  }

  tokens(ours: readonly Actual[], peers: readonly PeerToken[]): void {
    const functions: string[] = [];
    this.#note(ours);
    for (let at = 0; at < Math.max(ours.length, peers.length); at++) {
      const our = ours[at], peer = peers[at];
      if (our === undefined || peer === undefined || !this.#isSamePlace(our, peer)) {
        const show = (tokens: readonly (Actual | PeerToken)[]) =>
          tokens.slice(Math.max(0, at - 3), at + 5).map(place).join(" | ");
        this.unlisted.push(
          `another way at token ${at}:\n  ours ${show(ours)}\n  peer ${show(peers)}`,
        );
        return;
      }
      const where = `token ${at}, ${place(our)}`;
      if (our.what === "enter" && peer.what === "enter") {
        functions.push(our.name);
        this.same.calls++;
        const args = our.args ?? new Map<string, TraceValue>();
        const resumed = [...args.keys()].every((name) => !peer.args.has(name));
        if (args.size > 0 && resumed) {
          this.met("arguments of a resumed call");
          continue;
        }
        for (const [name, value] of args) {
          this.#value(`${where}, argument ${name}`, value, peer.args.get(name));
        }
      } else if (our.what === "step" && peer.what === "step") {
        this.same.steps++;
        this.#variables(where, functions.at(-1) ?? "", our.vars, peer.vars);
      } else if (our.what === "leave" && peer.what === "leave") {
        functions.pop();
        if (our.how === "exception") this.met("exception as return value");
        else if (our.value === undefined || our.how === "unknown") this.met("end of the program");
        else this.#value(`${where}, result`, our.value, peer.value);
      }
    }
  }

  #isSamePlace(our: Actual, peer: PeerToken): boolean {
    const [mine, theirs] = [place(our), place(peer)];
    if (mine === theirs) return true;
    // Called by its file's name, one with and one without what follows the dot.
    if (!/^call <.*>$/.test(mine) || !theirs.startsWith(`${mine.slice(0, -1)}.`)) return false;
    this.met("module without a name");
    return true;
  }

  #variables(
    where: string,
    inside: string,
    ours: ReadonlyMap<string, TraceValue>,
    peers: ReadonlyMap<string, PeerValue>,
  ): void {
    const inModule = isModule(inside);
    for (const [name, value] of ours) {
      this.#value(`${where}, variable ${name}`, value, peers.get(name));
    }
    for (const name of peers.keys()) {
      if (ours.has(name)) continue;
      if (/^__\w+__$/.test(name)) this.met("dunders of modules");
      else if (name === ".0") this.met("iterator of a comprehension");
      // A local is shown somewhere in its function, a global that it doesn't name nowhere.
      else if (!inModule && (this.#globals.has(name) || !this.#shown.get(inside)?.has(name))) {
        this.met("globals everywhere");
      } else this.unlisted.push(`${where}: the peer alone has ${name}`);
    }
  }

  #value(where: string, our: TraceValue, peer: PeerValue | undefined): void {
    if (this.unlisted.length >= MOST_SHOWN) return;
    if (peer === undefined) {
      this.unlisted.push(`${where}: ours alone`);
      return;
    }
    const found = this.#difference(our, peer);
    if (found === null) this.same.values++;
    else if (found === "unlisted") {
      this.unlisted.push(`${where}: ours ${short(our)}, the peer's ${short(peer)}`);
    } else this.met(found);
  }

  /** Null if both say the same. */
  #difference(our: TraceValue, peer: PeerValue): Difference | null | "unlisted" {
    const type = this.ourTypes[our.type_id] ?? "?";
    if (type === "<redacted>") return "hidden by its name";
    if (our.kind === "Raw") {
      if (type === "<more>" || /^<.* …>$|<\d+ (more (characters|bytes)|bits)>$/.test(our.r!)) {
        return "bounded";
      }
      if (our.r!.startsWith("<cycle: ")) return "cycle";
    }
    if (peer.kind === "Error") return "cycle";
    switch (peer.kind) {
      case "None":
        return our.kind === "None" ? null : "unlisted";
      case "Bool":
        return our.kind === "Bool" && our.b === peer.b ? null : "unlisted";
      case "Int":
        // A subclass, such as an enum's member, has a type and a name of its own.
        if (our.kind === "Struct") return "type under a general name";
        if (our.kind !== "Int" || String(our.i) !== String(peer.i)) return "unlisted";
        return type === "int" ? null : "type under a general name";
      case "Float":
        if (our.kind !== "Raw" || !Object.is(number(our.r!), number(peer.f!))) return "unlisted";
        return type === "float" ? null : "type under a general name";
      case "String":
        if (our.kind === "Struct") return "type under a general name";
        if (our.kind !== "String" || our.text !== peer.text) return "unlisted";
        return type === "str" ? null : "type under a general name";
      case "Sequence":
      case "Tuple":
        return this.#elements(our, type, peer);
      case "Raw":
        if (our.kind === "Raw" && our.r === peer.r) return null;
        // What an asynchronous generator yields, as the interpreter hands it on.
        if (peer.r?.startsWith("<async_generator_wrapped_value ")) return "text of a value";
        if (our.kind === "Raw" && /\\ud[89a-f]/.test(our.r!)) return "lone surrogates";
        // What its `str` says, for whatever the peer has no kind for.
        return ["int", "str", "bool", "NoneType", "list", "tuple", "dict", "float"].includes(type)
          ? "unlisted"
          : "text of a value";
      default:
        return "unlisted";
    }
  }

  #elements(our: TraceValue, type: string, peer: PeerValue): Difference | null | "unlisted" {
    const ours = our.elements ?? our.field_values;
    const peers = peer.elements ?? [];
    if (ours === undefined) return "unlisted";
    let worst: Difference | null = our.kind === "Struct"
      ? "named tuple without names"
      : ["list", "tuple", "dict"].includes(type)
      ? null
      : "type under a general name";
    if (our.kind === "Struct" && our.field_names?.[0] === "") {
      const content = this.#difference(ours[0]!, peer);
      return content === "unlisted" ? content : "type under a general name";
    }
    if (type === "OrderedDict" && ours.length === peers.length) {
      // In the order in which they were put in, it is the same.
      const keys = (items: readonly (TraceValue | PeerValue)[]) =>
        items.map(({ elements }) => short(elements?.[0] && textOf(elements[0])));
      const [mine, theirs] = [keys(ours), keys(peers)];
      if (mine.join() !== theirs.join() && mine.sort().join() === theirs.sort().join()) {
        return "order of an OrderedDict";
      }
    }
    for (const [at, item] of ours.entries()) {
      if (this.ourTypes[item.type_id] === "<more>") return "bounded";
      const other = peers[at];
      if (other === undefined) return "unlisted";
      const found = this.#difference(item, other);
      if (found === "unlisted") return found;
      worst = found ?? worst;
    }
    return ours.length === peers.length ? worst : "unlisted";
  }
}

function isModule(name: string): boolean {
  return /^<(?!lambda|genexpr|listcomp|dictcomp|setcomp).*>$/.test(name);
}

function textOf(value: TraceValue | PeerValue): string {
  return String(value.text ?? value.i ?? value.r);
}

function number(text: string): number {
  return { nan: NaN, NaN: NaN, inf: Infinity, "-inf": -Infinity }[text] ?? Number(text);
}

/** Without the steps at the place where the step before them in that call was. */
function withoutRepeated<T extends Actual | PeerToken>(tokens: readonly T[]): T[] {
  const latest: string[] = [""];
  return tokens.filter((token) => {
    if (token.what === "enter") latest.push("");
    else if (token.what === "leave") latest.pop();
    else {
      const here = place(token);
      if (latest.at(-1) === here) return false;
      latest[latest.length - 1] = here;
    }
    return true;
  });
}

/** What comes at `at`, or behind empty calls there. */
function behindEmptyCalls(tokens: readonly PeerToken[], at: number): PeerToken | undefined {
  let end = endOfEmptyCall(tokens, at);
  while (end !== null) {
    at = end;
    end = endOfEmptyCall(tokens, at);
  }
  return tokens[at];
}

/** Whether a call begins at `at` whose steps, and those of the calls in it, are all at places that were seen before. */
function hasOnlyTurns(tokens: readonly Actual[], at: number, seen: ReadonlySet<string>): boolean {
  const functions: string[] = [];
  for (let next = at; next < tokens.length; next++) {
    const token = tokens[next];
    if (token?.what === "enter") functions.push(token.name);
    else if (token?.what === "leave") functions.pop();
    else if (token === undefined || !seen.has(`${functions.at(-1)} ${place(token)}`)) return false;
    if (functions.length === 0) return next > at;
  }
  return false;
}

/** Behind the end of the call that begins at `at` and in which no line runs; null if it is another one, or none. */
function endOfEmptyCall(tokens: readonly PeerToken[], at: number): number | null {
  let depth = 0;
  for (let next = at; next < tokens.length; next++) {
    const what = tokens[next]?.what;
    if (what === "step") return null;
    depth += what === "enter" ? 1 : -1;
    if (depth <= 0) return next > at ? next + 1 : null;
  }
  return null;
}

function place(token: Actual | PeerToken): string {
  if (token.what === "enter") return `call ${token.name}`;
  return token.what === "leave" ? "leave" : `${token.file.replace(/.*\//, "")}:${token.line}`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value, (_, item) => typeof item === "bigint" ? String(item) : item);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
