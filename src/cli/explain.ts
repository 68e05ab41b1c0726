import {
  classifyError,
  ensureUsage,
  ERROR_CODES,
  type ErrorCode,
  exitStatus,
  isErrorCode,
  usageError,
} from "../errors/mod.ts";
import { nearest } from "../text/nearest.ts";
import { print } from "./terminal.ts";
import { unknownOption } from "./unknown_option.ts";

const CODES = Object.keys(ERROR_CODES).filter(isErrorCode);

/**
 * `ct-recorder explain`: says on standard output what error codes mean, and what to do.
 *
 * @param words The words after `explain`.
 * @returns The exit status: 0.
 * @throws {UsageError} `ERR_USAGE` for anything but one code, or none.
 */
export async function explainCommand(words: readonly string[]): Promise<number> {
  const end = words.indexOf("--");
  const before = end < 0 ? words : words.slice(0, end);
  if (before.includes("-h") || before.includes("--help")) {
    const { commandHelp } = await import("./command_parser.ts");
    print(commandHelp("explain"));
    return 0;
  }
  const json = before.includes("--json");
  const others = before.filter((word) => word !== "--json");
  const option = others.find((word) => word.startsWith("-"));
  const [word, ...more] = end < 0 ? others : [...others, ...words.slice(end + 1)];
  if (option !== undefined) throw classifyError(unknownOption("explain", option));
  ensureUsage(
    more.length === 0,
    "ERR_USAGE",
    () => `Cannot explain ${[word, ...more].join(" ")}: give one code, or none for all`,
    { arguments: words },
  );
  const chosen = word === undefined ? null : codeOf(word);
  if (json) {
    const facts = chosen === null ? CODES.map(factsOf) : factsOf(chosen);
    print(`${JSON.stringify(facts, null, 2)}\n`);
  } else {
    print((chosen === null ? CODES : [chosen]).map(paragraph).join("\n"));
  }
  return 0;
}

/** The code that a word names. */
function codeOf(word: string): ErrorCode {
  const name = word.toUpperCase().replace(/^ERR_/, "");
  const code = `ERR_${name}`;
  if (isErrorCode(code)) return code;
  // Without the part that all have in common, which would make short words near to each other.
  const near = nearest(name, CODES.map((code) => code.slice("ERR_".length)));
  throw usageError(
    "ERR_USAGE",
    `Cannot explain "${word}": there is no such code; ` +
      (near === null ? "`ct-recorder explain` lists all of them" : `did you mean ERR_${near}?`),
    { code: word, ...(near === null ? {} : { nearest: `ERR_${near}` }) },
  );
}

function factsOf(code: ErrorCode) {
  const { kind, reserved, meaning, advice } = ERROR_CODES[code];
  return { code, kind, exit_status: exitStatus(kind), reserved, meaning, advice };
}

function paragraph(code: ErrorCode): string {
  const { kind, exit_status, reserved, meaning, advice } = factsOf(code);
  const note = reserved ? "; reserved: nothing raises it" : "";
  const text = [meaning, advice].flatMap(lines).map((line) => `  ${line}\n`).join("");
  return `${code} (${kind}, exit status ${exit_status}${note})\n${text}`;
}

/** Lines that fit, indented by two, into 80 columns. */
function lines(text: string): string[] {
  return text.match(/.{1,78}(?= |$)/g)?.map((line) => line.trimStart()) ?? [];
}
