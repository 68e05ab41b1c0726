import {
  ERROR_CODES,
  type ErrorCodeEntry,
  type ErrorKind,
  exitStatus,
} from "../../src/errors/mod.ts";

const KINDS: Readonly<Record<ErrorKind, string>> = {
  Usage: "The command, or what it was given, is wrong.",
  Environment: "The command is right, the machine is not ready for it.",
  Target: "The recorded program, or the recorder's part in it, did what can't be recorded.",
  Internal: "The recorder's own fault.",
};

/** `design-docs/error-codes.md`. */
export function errorCodesPage(): string {
  const sections = Object.entries(KINDS).map(([kind, about]) => {
    const rows = entries().filter(([, entry]) => entry.kind === kind).map(rowOf);
    return `## ${kind}: exit status ${exitStatus(kind as ErrorKind)}

${about}

| code | what happened | what to do |
|---|---|---|
${rows.join("\n")}
`;
  });
  return `<!-- Made by \`deno task docs\` from src/errors/codes.ts; don't edit. -->
# Error codes

An error is one line on stderr, \`ct-recorder: error CODE: …\`. A code never changes its meaning. Its kind says who has to
act, and is the exit status. \`ct-recorder explain CODE\` shows what stands here; adr/0007 says why errors are as they are.

*Reserved* codes are raised by nothing in this version. Their names are kept, so that they can't come to mean something else.

${sections.join("\n")}`;
}

function entries(): [string, ErrorCodeEntry][] {
  return Object.entries(ERROR_CODES);
}

function rowOf([code, { reserved, meaning, advice }]: [string, ErrorCodeEntry]): string {
  const cells = [`\`${code}\`${reserved ? " *(reserved)*" : ""}`, meaning, advice];
  // Two underscores would make what is between them bold.
  const shown = cells.map((cell) => cell.replace(/\||__/g, (mark) => mark.replace(/./g, "\\$&")));
  return `| ${shown.join(" | ")} |`;
}
