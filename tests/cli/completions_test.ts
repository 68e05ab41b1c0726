/** The completion scripts, asked in real shells what they offer. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { bashCompletions } from "../../src/cli/completions/bash.ts";
import { fishCompletions } from "../../src/cli/completions/fish.ts";
import { type Grammar, grammar } from "../../src/cli/completions/grammar.ts";
import { zshCompletions } from "../../src/cli/completions/zsh.ts";
import { COMMAND_NAMES } from "../../src/cli/command_hint.ts";
import { ERROR_CODES } from "../../src/errors/mod.ts";
import { SETTINGS } from "../../src/policy/mod.ts";
import { run } from "../support/processes.ts";
import { withFolder } from "../support/recorder.ts";

/** What stands in the folder where words are completed. */
const FILES = ["app.py", "app two.py", "trace.ct"];

/** A line up to the cursor, and what has to be offered for its last word. */
interface Case {
  readonly line: string;
  /** All that is offered, in any order. */
  readonly all?: readonly string[];
  /** Some of it. */
  readonly some?: readonly string[];
  /** What must not be. */
  readonly not?: readonly string[];
}

const CASES: readonly Case[] = [
  { line: "ct-recorder pri", all: ["print"] },
  { line: "ct-recorder ", some: [...COMMAND_NAMES, "app.py", "folder"], not: ["--json"] },
  { line: "ct-recorder --", some: ["--out-dir", "--quiet", "--pytest", "--no-record-sources"] },
  { line: "ct-recorder --", not: ["--strict", "--summary"] },
  { line: "ct-recorder print --s", all: ["--summary", "--steps"] },
  { line: "ct-recorder verify --", some: ["--strict", "--json-errors"], not: ["--quiet"] },
  { line: "ct-recorder print --color ", all: ["auto", "always", "never"] },
  { line: "ct-recorder --sandbox p", all: ["preferred"] },
  { line: "ct-recorder record --io-capture ", all: SETTINGS.io_capture.values },
  { line: "ct-recorder --accelerator ", some: ["auto", "off", "folder"], not: ["app.py"] },
  { line: "ct-recorder print tr", all: ["trace.ct"] },
  { line: "ct-recorder ap", all: ["app.py", "app two.py"] },
  { line: "ct-recorder -q -o folder ap", all: ["app.py", "app two.py"] },
  { line: "ct-recorder app.py --q", all: [] },
  { line: "ct-recorder app.py tr", all: ["trace.ct"] },
  { line: "ct-recorder --pytest --q", all: [] },
  { line: "ct-recorder -m mod --q", all: [] },
  { line: "ct-recorder -- --q", all: [] },
  { line: "ct-recorder python3 -X dev tr", all: ["trace.ct"] },
  { line: "ct-recorder explain ERR_IO", all: ["ERR_IO"] },
  { line: "ct-recorder explain ", some: Object.keys(ERROR_CODES), not: ["app.py"] },
  { line: "ct-recorder help reco", all: ["record", "recover"] },
  { line: "ct-recorder completions ", all: ["bash", "zsh", "fish"] },
  { line: "ct-recorder --python python9", all: ["python9.1"] },
  { line: "ct-recorder -o fo", some: ["folder"], not: ["app.py"] },
  { line: "ct-recorder policy --", some: ["--json", "--out-dir"] },
  { line: "ct-recorder why --value x --", some: ["--json", "--value", "--trace-filter"] },
];

/** Lines whose answer differs in form between shells: the value alone, or with its option. */
const ATTACHED: readonly (readonly [line: string, value: string])[] = [
  ["ct-recorder --sandbox=p", "preferred"],
  ["ct-recorder print --color=al", "always"],
];

interface Shell {
  readonly name: string;
  readonly script: (grammar: Grammar) => string;
  /** Text that asks for every line and writes `<` before what is offered for each, a line for each word. */
  readonly asking: (script: string, lines: readonly string[]) => string[];
}

/** In single quotes, as all three shells read them. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

const SHELLS: readonly Shell[] = [
  {
    name: "bash",
    script: bashCompletions,
    asking: (script, lines) => [
      "bash",
      "--norc",
      "--noprofile",
      "-c",
      `source ${quoted(script)}
      ask() { # as readline takes a line apart
        COMP_LINE=$1 COMP_POINT=\${#1}
        local line=\${1//=/ = }
        read -ra COMP_WORDS <<< "$line"
        if [[ $line == *" " && $1 != *"=" ]]; then COMP_WORDS+=(""); fi
        COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
        _ct_recorder
        echo "<"; if ((\${#COMPREPLY[@]})); then printf '%s\\n' "\${COMPREPLY[@]}"; fi
      }
      ${lines.map((line) => `ask ${quoted(line)}`).join("\n")}`,
    ],
  },
  {
    name: "fish",
    script: fishCompletions,
    asking: (script, lines) => [
      "fish",
      "--no-config",
      "-c",
      `source ${quoted(script)}
      ${lines.map((line) => `echo "<"; complete -C ${quoted(line)}`).join("\n")}`,
    ],
  },
  {
    name: "zsh",
    script: zshCompletions,
    // Completion needs a line editor, so one runs behind a terminal of zsh's own. What would be added to
    // its line is printed instead.
    asking: (script, lines) => [
      "zsh",
      "-f",
      "-c",
      `zmodload zsh/zpty
      zpty shell zsh -f -i
      zpty -w shell "PROMPT= RPROMPT= PS2="
      zpty -w shell ${quoted(`source ${quoted(`${script}.setup`)}`)}
      zpty -r shell seen '*[R]EADY'
      for line in ${lines.map(quoted).join(" ")}; do
        zpty -n -w shell $line$'\\t'
        zpty -r shell seen '*[E]ND'
        print "<"
        local part=\${seen##*BEGIN}
        print -r -- \${part%%END*}
      done
      zpty -d shell`,
    ],
  },
];

const ZSH_SETUP = `
fpath=(\${0:A:h} $fpath)
autoload -Uz compinit
compinit -D -u
source "$SCRIPT"
zstyle ':completion:*' verbose no
zstyle ':completion:*' list-grouped no
unsetopt zle_bracketed_paste 2>/dev/null
# Instead of matching against the line: what matches is noted.
compadd() {
  # Names of its own: the words may be those of an array of whoever calls.
  local -a __matching
  if [[ \${@[1,(i)(-|--)]} == *-[OAD](| *) ]]; then builtin compadd "$@"; return; fi
  builtin compadd -O __matching "$@"
  OFFERED+=("\${__matching[@]}")
  builtin compadd "$@"
}
ask() {
  typeset -ga OFFERED=()
  zle complete-word-once
  print -r -- BEGIN
  print -rl -- "\${OFFERED[@]}"
  print -r -- END
  BUFFER=
}
zle -C complete-word-once complete-word _main_complete
zle -N ask
bindkey '^I' ask
print READ""Y
`;

for (const shell of SHELLS) {
  Deno.test({
    name: `completions: ${shell.name}`,
    fn: () =>
      withFolder(async (folder) => {
        if (!await isThere(shell.name)) return;
        for (const file of FILES) await Deno.writeTextFile(join(folder, file), "");
        await Deno.mkdir(join(folder, "folder"));
        const bin = join(folder, ".bin");
        await Deno.mkdir(bin);
        for (const name of ["python9.1", "ct-recorder"]) {
          await Deno.writeTextFile(join(bin, name), "#!/bin/sh\n", { mode: 0o755 });
        }
        const script = join(bin, "_ct-recorder");
        await Deno.writeTextFile(script, shell.script(grammar()));
        await Deno.writeTextFile(`${script}.setup`, ZSH_SETUP);
        const lines = [...CASES.map(({ line }) => line), ...ATTACHED.map(([line]) => line)];
        const { status, stdout, stderr } = await run(shell.asking(script, lines), {
          cwd: folder,
          env: {
            PATH: `${bin}:${Deno.env.get("PATH")}`,
            HOME: folder,
            TERM: "dumb",
            SCRIPT: script,
          },
        });
        assert.deepEqual([status, stderr], [0, ""]);
        const offered = stdout.split(/^<\r?\n/m).slice(1).map((part) =>
          part.split(/\r?\n/).map((line) => (line.split("\t")[0] ?? "").replace(/\/$/, ""))
            // zsh quotes what it would add.
            .map((line) => line.replaceAll("\\ ", " "))
            .filter((line) => line !== "")
        );
        assert.equal(offered.length, lines.length, stdout);
        for (const [index, { line, all, some, not }] of CASES.entries()) {
          const words = offered[index] ?? [];
          const told = `${line}| offers ${words.join(" ")}`;
          if (all !== undefined) assert.deepEqual([...words].sort(), [...all].sort(), told);
          for (const word of some ?? []) assert.ok(words.includes(word), `${told}, not ${word}`);
          for (const word of not ?? []) assert.ok(!words.includes(word), `${told}, with ${word}`);
        }
        for (const [index, [line, value]] of ATTACHED.entries()) {
          const words = offered[CASES.length + index] ?? [];
          assert.deepEqual(words.map((word) => word.replace(/^--\w+=/, "")), [value], line);
        }
      }),
  });
}

/** Says it loudly where a shell is missing. */
async function isThere(shell: string): Promise<boolean> {
  const { status } = await run(["sh", "-c", `command -v ${shell} >/dev/null`]);
  if (status !== 0) console.error(`!!! MISSING: ${shell}; its completions were not tried`);
  return status === 0;
}
