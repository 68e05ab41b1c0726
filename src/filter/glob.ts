/**
 * Globs: `*`, `**`, `?`, `[abc]`, `[!a-z]`, `{one,other}`, and `\` ahead of a character that means itself.
 *
 * In paths `*`, `?` and classes don't match `/`; `**` does, and as a whole part of a path it stands for any
 * number of folders, none included. In all other names `*` and `**` are the same and match dots.
 */
import type { Pattern } from "./automaton.ts";
import { ANY, type CharacterSet, complement, range, single, union } from "./character_set.ts";
import { PatternError } from "./pattern_error.ts";

const SLASH: CharacterSet = [0x2f, 0x2f];
const DEEPEST = 50;

/** Takes a glob apart. @throws {PatternError} */
export function parseGlob(glob: string, isPath: boolean): Pattern {
  return new GlobParser([...glob], isPath).whole();
}

class GlobParser {
  #at = 0;
  #depth = 0;
  readonly #one: CharacterSet;

  constructor(readonly characters: readonly string[], readonly isPath: boolean) {
    this.#one = isPath ? complement(SLASH) : ANY;
  }

  whole(): Pattern {
    return this.#sequence();
  }

  /** Up to the end, or inside braces up to `,` or `}`. */
  #sequence(): Pattern {
    const parts: Pattern[] = [];
    for (;;) {
      const character = this.characters[this.#at];
      if (
        character === undefined || (this.#depth > 0 && (character === "," || character === "}"))
      ) {
        return { kind: "sequence", parts };
      }
      const at = this.#at++;
      if (character === "*") parts.push(...this.#stars(at));
      else if (character === "?") parts.push({ kind: "set", set: this.#one });
      else if (character === "[") parts.push({ kind: "set", set: this.#class(at) });
      else if (character === "{") parts.push(this.#braces(at));
      else if (character === "\\") parts.push({ kind: "set", set: single(this.#escaped(at)) });
      else parts.push({ kind: "set", set: single(character) });
    }
  }

  #stars(at: number): Pattern[] {
    while (this.characters[this.#at] === "*") this.#at++;
    if (this.#at - at === 1 || !this.isPath) return [any(this.#one)];
    const before = this.characters[at - 1];
    const isPart = (at === 0 || before === "/") && this.characters[this.#at] === "/";
    if (!isPart) return [any(ANY)];
    // `**/`: nothing, or whatever ends with a slash.
    this.#at++;
    const folders: Pattern = {
      kind: "sequence",
      parts: [any(ANY), { kind: "set", set: SLASH }],
    };
    return [{ kind: "repeat", part: folders, least: 0, most: 1 }];
  }

  #braces(at: number): Pattern {
    if (++this.#depth > DEEPEST) throw new PatternError("braces are nested too deep", at);
    const options: Pattern[] = [];
    do options.push(this.#sequence()); while (this.characters[this.#at++] === ",");
    if (this.characters[this.#at - 1] !== "}") {
      throw new PatternError("`{` has no `}`; write `\\{` for the character", at);
    }
    this.#depth--;
    return { kind: "choice", options };
  }

  #class(at: number): CharacterSet {
    const negated = this.characters[this.#at] === "!" || this.characters[this.#at] === "^";
    if (negated) this.#at++;
    const first = this.#at;
    const sets: CharacterSet[] = [];
    while (this.characters[this.#at] !== "]" || this.#at === first) {
      const low = this.#classCharacter(at);
      const isRange = this.characters[this.#at] === "-" && this.characters[this.#at + 1] !== "]";
      if (isRange) this.#at++;
      const high = isRange ? this.#classCharacter(at) : low;
      const set = range(low, high);
      if (set === null) throw new PatternError("a range of `[…]` runs backwards", at);
      sets.push(set);
    }
    this.#at++;
    const set = union(...sets);
    const excluded = negated ? set : complement(set);
    return complement(this.isPath ? union(excluded, SLASH) : excluded);
  }

  #classCharacter(opened: number): CharacterSet {
    const at = this.#at++;
    const character = this.characters[at];
    if (character === undefined) {
      throw new PatternError("`[` has no `]`; write `\\[` for the character", opened);
    }
    return single(character === "\\" ? this.#escaped(at) : character);
  }

  #escaped(at: number): string {
    const character = this.characters[this.#at++];
    if (character === undefined) {
      throw new PatternError("`\\` stands at the end; write `\\\\` for the character", at);
    }
    return character;
  }
}

function any(set: CharacterSet): Pattern {
  return { kind: "repeat", part: { kind: "set", set }, least: 0, most: Infinity };
}
