/**
 * Regexes: the part of the language that Python, Rust and JavaScript share and that one pass can match.
 *
 * `.` matches any character, newlines too. `\d` and `\s` mean ASCII; `\w` and `\b` count everything
 * beyond ASCII as part of a word. `(?i)` works at the start and as `(?i:…)`. There are no lookarounds, no
 * back references and no classes by Unicode property.
 */
import { EDGE, END, INSIDE, type Pattern, type Place, START } from "./automaton.ts";
import {
  ANY,
  bothCases,
  type CharacterSet,
  complement,
  DIGITS,
  range,
  single,
  SPACES,
  union,
  WORD,
} from "./character_set.ts";
import { PatternError } from "./pattern_error.ts";

const DEEPEST = 100;
const HIGHEST_COUNT = 1000;

const CLASS_ESCAPES = new Map<string, CharacterSet>([
  ["d", DIGITS],
  ["D", complement(DIGITS)],
  ["s", SPACES],
  ["S", complement(SPACES)],
  ["w", WORD],
  ["W", complement(WORD)],
]);
const PLACE_ESCAPES = new Map<string, Place>([
  ["A", START],
  ["z", END],
  ["Z", END],
  ["b", EDGE],
  ["B", INSIDE],
]);
const CONTROL_ESCAPES = new Map([
  ["a", "\x07"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["0", "\0"],
]);
const SIMPLE_COUNTS = new Map([
  ["*", { least: 0, most: Infinity }],
  ["+", { least: 1, most: Infinity }],
  ["?", { least: 0, most: 1 }],
]);

/** Takes a regex apart; it stands for the whole name, as if between `^(?:` and `)$`. @throws {PatternError} */
export function parseRegex(regex: string): Pattern {
  return new RegexParser([...regex]).whole();
}

class RegexParser {
  #at = 0;
  #depth = 0;
  #anyCase = false;

  constructor(readonly characters: readonly string[]) {}

  whole(): Pattern {
    const [opening, flags] = /^\(\?([a-zA-Z]+)\)/.exec(this.characters.slice(0, 12).join("")) ?? [];
    if (opening !== undefined && flags !== undefined) {
      this.#flags(flags, 0);
      this.#at = opening.length;
    }
    const pattern = this.#choice();
    if (this.#at < this.characters.length) {
      throw new PatternError("`)` closes nothing; write `\\)` for the character", this.#at);
    }
    return pattern;
  }

  #peek(offset = 0): string | undefined {
    return this.characters[this.#at + offset];
  }

  #choice(): Pattern {
    const first = this.#sequence();
    if (this.#peek() !== "|") return first;
    const options = [first];
    while (this.#peek() === "|") {
      this.#at++;
      options.push(this.#sequence());
    }
    return { kind: "choice", options };
  }

  #sequence(): Pattern {
    const parts: Pattern[] = [];
    for (let next = this.#peek(); next !== undefined && next !== "|" && next !== ")";) {
      const at = this.#at;
      const part = this.#part(next);
      const counts = this.#counts();
      if (counts === null) parts.push(part);
      else {
        if (part.kind === "place") {
          throw new PatternError("nothing stands there that could be repeated", at);
        }
        parts.push({ kind: "repeat", part, ...counts });
        if (this.#peek() === "?") this.#at++; // greedy or not: a whole match is the same
        const again = this.#at;
        if (this.#peek() === "+" || this.#counts() !== null) {
          throw new PatternError("a repetition is repeated; put the first one in `(?:…)`", again);
        }
      }
      next = this.#peek();
    }
    return { kind: "sequence", parts };
  }

  #counts(): { least: number; most: number } | null {
    const character = this.#peek();
    const simple = SIMPLE_COUNTS.get(character ?? "");
    if (simple !== undefined) {
      this.#at++;
      return simple;
    }
    if (character !== "{") return null;
    const counted = /^\{(\d*)(,?)(\d*)\}/.exec(
      this.characters.slice(this.#at, this.#at + 24).join(""),
    );
    if (counted === null || (counted[1] === "" && counted[3] === "")) return null;
    const at = this.#at;
    this.#at += counted[0].length;
    const least = Number(counted[1]);
    const most = counted[2] === "" ? least : counted[3] === "" ? Infinity : Number(counted[3]);
    if (least > most) throw new PatternError("the counts of a repetition run backwards", at);
    if (least > HIGHEST_COUNT || (most !== Infinity && most > HIGHEST_COUNT)) {
      throw new PatternError(`a repetition counts to more than ${HIGHEST_COUNT}`, at);
    }
    return { least, most };
  }

  /** What `character` begins, which stands next. */
  #part(character: string): Pattern {
    const at = this.#at++;
    switch (character) {
      case ".":
        return { kind: "set", set: ANY };
      case "^":
        return { kind: "place", place: START };
      case "$":
        return { kind: "place", place: END };
      case "*":
      case "+":
      case "?":
        throw new PatternError(
          `nothing stands ahead of \`${character}\`; write \`\\${character}\` for the character`,
          at,
        );
      case "(":
        return this.#group(at);
      case "[":
        return { kind: "set", set: this.#class(at) };
      case "\\": {
        const next = this.#peek() ?? "";
        const place = PLACE_ESCAPES.get(next);
        if (place !== undefined) {
          this.#at++;
          return { kind: "place", place };
        }
        return { kind: "set", set: this.#cased(this.#escape(at)) };
      }
      default:
        return { kind: "set", set: this.#cased(single(character)) };
    }
  }

  #cased(set: CharacterSet): CharacterSet {
    return this.#anyCase ? bothCases(set) : set;
  }

  #group(at: number): Pattern {
    if (++this.#depth > DEEPEST) throw new PatternError("groups are nested too deep", at);
    const outside = this.#anyCase;
    if (this.#peek() === "?") {
      const opening = this.characters.slice(this.#at, this.#at + 80).join("");
      const known = /^\?(?:P?<[A-Za-z_]\w*>|([a-zA-Z]*)(?:-([a-zA-Z]+))?:)/.exec(opening);
      if (known === null) {
        const lookaround = /^\?<?[=!]/.test(opening);
        const flags = /^\?[a-zA-Z]+\)/.test(opening);
        throw new PatternError(
          lookaround
            ? "lookahead and lookbehind are not part of the language; write out what may stand there"
            : flags
            ? "flags stand at the very start, or in `(?i:…)`"
            : "`(?` begins no known group; there are `(…)`, `(?:…)`, `(?i:…)`, `(?P<name>…)`",
          at,
        );
      }
      this.#flags(known[1] ?? "", at);
      if (known[2] !== undefined) {
        this.#flags(known[2], at);
        if (known[2].includes("i")) this.#anyCase = false;
      }
      this.#at += known[0].length;
    }
    const pattern = this.#choice();
    if (this.#peek() !== ")") {
      throw new PatternError("`(` has no `)`; write `\\(` for the character", at);
    }
    this.#at++;
    this.#depth--;
    this.#anyCase = outside;
    // A group around a place can be repeated, a place alone can't.
    return pattern.kind === "place" ? { kind: "sequence", parts: [pattern] } : pattern;
  }

  #flags(flags: string, at: number): void {
    for (const flag of flags) {
      if (flag === "i") this.#anyCase = true;
      // `s`, `u` and `a` ask for what is so anyway, or nearly so.
      else if (!"sua".includes(flag)) {
        throw new PatternError(`the flag \`${flag}\` is not part of the language; \`i\` is`, at);
      }
    }
  }

  #class(at: number): CharacterSet {
    const negated = this.#peek() === "^";
    if (negated) this.#at++;
    const first = this.#at;
    const sets: CharacterSet[] = [];
    while (this.#peek() !== "]" || this.#at === first) {
      if (this.#peek() === "[" && /[:.=]/.test(this.#peek(1) ?? "")) {
        throw new PatternError("`[:name:]` is not part of the language; write the characters", at);
      }
      const low = this.#classItem(at);
      const isRange = this.#peek() === "-" && this.#peek(1) !== "]";
      if (!isRange) {
        sets.push(low);
        continue;
      }
      this.#at++;
      const high = this.#classItem(at);
      const set = range(low, high);
      if (set === null) {
        throw new PatternError("a range of `[…]` has no lower and higher end", at);
      }
      sets.push(set);
    }
    this.#at++;
    const set = this.#cased(union(...sets));
    return negated ? complement(set) : set;
  }

  #classItem(opened: number): CharacterSet {
    const at = this.#at++;
    const character = this.characters[at];
    if (character === undefined) {
      throw new PatternError("`[` has no `]`; write `\\[` for the character", opened);
    }
    if (character !== "\\") return single(character);
    if (this.#peek() === "b") {
      this.#at++;
      return [8, 8];
    }
    return this.#escape(at);
  }

  /** What follows a backslash: a character, or a class of them. */
  #escape(at: number): CharacterSet {
    const character = this.characters[this.#at++];
    if (character === undefined) {
      throw new PatternError("`\\` stands at the end; write `\\\\` for the character", at);
    }
    const set = CLASS_ESCAPES.get(character);
    if (set !== undefined) return set;
    const control = CONTROL_ESCAPES.get(character);
    // `\0` ahead of a digit would be an octal number to Python.
    const isOctal = character === "0" && /\d/.test(this.#peek() ?? "");
    if (control !== undefined && !isOctal) return single(control);
    if (character === "x" || character === "u" || character === "U") {
      const digits = { x: 2, u: 4, U: 8 }[character];
      const rest = this.characters.slice(this.#at, this.#at + 12).join("");
      const [code = "", plain, braced] =
        new RegExp(`^(?:([0-9a-fA-F]{${digits}})|\\{([0-9a-fA-F]{1,6})\\})`).exec(rest) ?? [];
      const point = parseInt(plain ?? braced ?? "", 16);
      if (!(point <= 0x10ffff) || (point >= 0xd800 && point <= 0xdfff)) {
        throw new PatternError(`\`\\${character}\` names no character; write ${digits} digits`, at);
      }
      this.#at += code.length;
      return [point, point];
    }
    if (/[0-9A-Za-z]/.test(character)) {
      throw new PatternError(`\`\\${character}\` is not part of the language`, at);
    }
    return single(character);
  }
}
