/** Answers for people. */
import { printable } from "../../trace/reader/render.ts";
import { shownPath } from "../../session/out_dir.ts";
import type { ValueAction } from "../../filter/mod.ts";
import type { CodeAnswer, Source, ValueAnswer } from "./answer.ts";

const DONE: Readonly<Record<ValueAction, string>> = {
  allow: "shown",
  redact: "redacted",
  drop: "dropped",
};

/** A paragraph on one code object: the answer, why, when, and its values. */
export function paragraph(answer: CodeAnswer, cwd: string): string {
  const lines = [`${answer.code}  ${answer.recorded ? "recorded" : "not recorded"}`];
  if (answer.from !== null) lines.push(`  by ${sourceText(answer.from, cwd)}`);
  if (answer.note !== null) lines.push(`  ${answer.note}`);
  const when = activationText(answer, cwd);
  if (when !== null) lines.push(`  ${when}`);
  if (answer.recorded) lines.push(...valueLines(answer, cwd));
  return `${lines.map(printable).join("\n")}\n`;
}

function activationText({ activation, recorded }: CodeAnswer, cwd: string): string | null {
  const { path, is_its_code } = activation;
  if (path === null) return null;
  const file = shownPath(path, cwd);
  if (is_its_code) {
    return recorded
      ? "the recording is on while it runs: the activation path is its file"
      : "the activation path is its file, but what filters skip does not switch the recording on";
  }
  return recorded ? `only while code of ${file}, the activation path, runs or waits for it` : null;
}

function valueLines({ value_default, values }: CodeAnswer, cwd: string): string[] {
  const lines: string[] = [];
  if (value_default !== null && value_default.action !== "allow") {
    const by = sourceText(value_default.from, cwd);
    lines.push(`  its values  ${DONE[value_default.action]} by ${by}`);
  }
  for (const value of values) {
    lines.push(`  ${nameText(value)}  ${DONE[value.action]} by ${sourceText(value.from, cwd)}`);
  }
  return lines;
}

function nameText({ name, kinds }: ValueAnswer): string {
  return name === null ? "what it returns" : `${name} (${kinds.join(", ")})`;
}

/** "the built-in filter, rule 7, attr:password: an attribute named like a secret" */
function sourceText(source: Source, cwd: string): string {
  const { origin, path, rule, line, selector, reason } = source;
  const file = origin !== "builtin"
    ? shownPath(path, cwd)
    : path === "<builtin-default>"
    ? "the built-in filter"
    : `the built-in filter ${path.slice(1, -1)}`;
  if (rule === null) return `the default of ${file}`;
  // Where it is found: a line in a file of the user's, a selector where it is short enough to help.
  const where = origin === "builtin" || line === null ? "" : ` (line ${line})`;
  const by = selector === null || selector.length > LONGEST_SELECTOR ? "" : `, ${selector}`;
  return `${file}, rule ${rule}${where}${by}${reason === null ? "" : `: ${reason}`}`;
}

const LONGEST_SELECTOR = 60;
