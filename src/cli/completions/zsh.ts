/** The script for zsh. */
import type { Grammar, GrammarCommand, GrammarOption } from "./grammar.ts";

/** The script's text, a function for `$fpath`. */
export function zshCompletions({ commands, targetOptions }: Grammar): string {
  const names = commands.map(({ name }) => name);
  return `#compdef ct-recorder
# Completions of ct-recorder for zsh. Made by \`ct-recorder completions zsh\`.

_ct-recorder-interpreters() {
  local -a found
  found=(\${(k)commands[(I)python[0-9.]#]})
  _alternative 'interpreters:interpreter:compadd -a found' 'files:file:_files'
}

_ct-recorder() {
  local curcontext=$curcontext name=record
  local -a names
  names=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join("\n")}
  )
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    local found=1
    _describe -t commands command names && found=0
    _files && found=0
    return found
  fi
  case $words[2] in
    (${names.join("|")})
      name=$words[2]
      shift words
      ((CURRENT--))
      ;;
  esac
  case $name in
${commands.map((command) => commandCase(command, targetOptions)).join("\n")}
  esac
}

if [[ $funcstack[1] == _ct-recorder ]]; then
  _ct-recorder "$@"
else
  compdef _ct-recorder ct-recorder
fi
`;
}

function commandCase(command: GrammarCommand, targetOptions: readonly string[]): string {
  const { name, options, operands, words } = command;
  const specs = options.flatMap((option) => specsOf(option, targetOptions));
  const rest = words.length > 0
    ? [quoted(`1:${operands}:(${words.join(" ")})`)]
    : operands === "none"
    ? []
    : [quoted(`*:${operands}:${operands === "folder" ? "_files -/" : "_files"}`)];
  // What follows a program is the program's.
  const until = operands === "target" ? " -A '-*'" : "";
  return `    (${name})
      _arguments -S${until} \\
${[...specs, ...rest].map((spec) => `        ${spec}`).join(" \\\n")}
      ;;`;
}

function specsOf(
  { names, value, description }: GrammarOption,
  targetOptions: readonly string[],
): string[] {
  const text = description.replace(/[[\]\\]/g, "\\$&");
  return names.map((name) => {
    if (targetOptions.includes(name)) return quoted(`${name}[${text}]:*: :_files`);
    if (value === null) return quoted(`${name}[${text}]`);
    const assigned = name.startsWith("--") ? `${name}=` : `${name}+`;
    return quoted(`*${assigned}[${text}]:${value.name}:${actionOf(value)}`);
  });
}

function actionOf({ kind, choices }: NonNullable<GrammarOption["value"]>): string {
  if (choices !== undefined) {
    const words = choices.join(" ");
    return kind === "folder" ? `{ compadd ${words}; _files -/ }` : `(${words})`;
  }
  switch (kind) {
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "interpreter":
      return "_ct-recorder-interpreters";
    case "text":
      return " ";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
