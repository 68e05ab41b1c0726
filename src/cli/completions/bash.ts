/** The script for bash, from version 3.2 on. */
import type { Grammar, GrammarCommand, GrammarOption } from "./grammar.ts";

/** The script's text. */
export function bashCompletions({ commands, targetOptions }: Grammar): string {
  const names = commands.map(({ name }) => name);
  const ofTarget = commands.filter(({ operands }) => operands === "target").map(({ name }) => name);
  return `# Completions of ct-recorder for bash. Made by \`ct-recorder completions bash\`.

# Sets \`options\` to those of a command, \`operands\` and \`choices\` to what its other words are.
_ct_recorder_command() {
  case $1 in
${commands.map(commandCase).join("\n")}
  esac
}

# Sets \`kind\` and \`choices\` to what follows an option of a command; \`kind\` is empty for a switch.
_ct_recorder_value() {
  kind= choices=
  case "$1 $2" in
${valueCases(commands).join("\n")}
  esac
}

# Adds what compgen finds, line by line.
_ct_recorder_add() {
  local line
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$@")
}

# Completes a word by what it is.
_ct_recorder_offer() {
  local kind=$1 choices=$2 word=$3 line
  case $kind in
    file)
      compopt -o filenames 2>/dev/null
      _ct_recorder_add -f -- "$word"
      ;;
    folder)
      compopt -o filenames 2>/dev/null
      _ct_recorder_add -d -- "$word"
      _ct_recorder_add -W "$choices" -- "$word"
      ;;
    interpreter)
      while IFS= read -r line; do
        if [[ $line =~ ^python[0-9.]*$ ]]; then COMPREPLY+=("$line"); fi
      done < <(compgen -c -- "$word" | sort -u)
      compopt -o filenames 2>/dev/null
      _ct_recorder_add -f -- "$word"
      ;;
    choice)
      compopt +o default 2>/dev/null
      _ct_recorder_add -W "$choices" -- "$word"
      ;;
    *) compopt +o default 2>/dev/null ;;
  esac
}

_ct_recorder() {
  local word name=record awaited= ended= glued= first=0 count=0 at
  local options operands kind choices current
  local -a words=()
  COMPREPLY=()
  # "--option=value" comes in three words where "=" breaks words.
  for ((at = 1; at <= COMP_CWORD; at++)); do
    word=\${COMP_WORDS[at]}
    if [[ -n $glued ]]; then
      words[count - 1]+=$word
      glued=
    elif [[ $word == "=" && $count -gt 0 && \${words[count - 1]} == --* ]]; then
      words[count - 1]+="="
      glued=1
    else
      words[count++]=$word
    fi
  done
  current=\${words[count - 1]}
  if ((count > 1)); then
    case \${words[0]} in
      ${names.join(" | ")})
        name=\${words[0]}
        first=1
        ;;
    esac
  fi
  _ct_recorder_command "$name"
  for ((at = first; at < count - 1; at++)); do
    word=\${words[at]}
    if [[ -n $awaited ]]; then
      awaited=
      continue
    fi
    [[ -z $ended ]] || break
    case $word in
      --) ended=1 ;;
      --*=*) ;;
      -?*)
        if [[ $operands == target && $word =~ ^-[mc] ]]; then ended=1; fi
        case $name$word in
          ${
    ofTarget.flatMap((name) => targetOptions.map((flag) => name + flag)).join(" | ")
  }) ended=1 ;;
        esac
        _ct_recorder_value "$name" "$word"
        if [[ -n $kind ]]; then awaited=$word; fi
        ;;
      *) if [[ $operands == target ]]; then ended=1; fi ;;
    esac
  done
  if [[ -n $awaited ]]; then
    _ct_recorder_value "$name" "$awaited"
    _ct_recorder_offer "$kind" "$choices" "$current"
  elif [[ -n $ended ]]; then
    _ct_recorder_offer file "" "$current"
  elif [[ $current == --*=* ]]; then
    _ct_recorder_value "$name" "\${current%%=*}"
    _ct_recorder_offer "$kind" "$choices" "\${current#*=}"
    if [[ $COMP_WORDBREAKS != *=* ]]; then
      COMPREPLY=("\${COMPREPLY[@]/#/\${current%%=*}=}")
    fi
  elif [[ $current == -* ]]; then
    _ct_recorder_offer choice "$options" "$current"
    if ((count == 1)); then _ct_recorder_add -W "--version -V" -- "$current"; fi
  else
    _ct_recorder_command "$name"
    if ((count == 1)); then _ct_recorder_add -W "${names.join(" ")}" -- "$current"; fi
    [[ $operands != target ]] || operands=file
    _ct_recorder_offer "$operands" "$choices" "$current"
  fi
}

complete -o default -F _ct_recorder ct-recorder
`;
}

function commandCase({ name, options, operands, words }: GrammarCommand): string {
  const all = options.flatMap(({ names }) => names).join(" ");
  const kind = words.length > 0 ? "choice" : operands;
  return `    ${name}) options='${all}' operands=${kind} choices='${words.join(" ")}' ;;`;
}

/** One line for all options that are followed by the same. */
function valueCases(commands: readonly GrammarCommand[]): string[] {
  const byValue = new Map<string, string[]>();
  for (const { name, options } of commands) {
    for (const option of options) {
      const assigned = assignments(option);
      if (assigned === null) continue;
      const patterns = option.names.map((each) => `'${name} ${each}'`);
      byValue.set(assigned, [...byValue.get(assigned) ?? [], ...patterns]);
    }
  }
  return [...byValue].map(([assigned, patterns]) => `    ${patterns.join(" | ")}) ${assigned} ;;`);
}

function assignments({ value }: GrammarOption): string | null {
  if (value === null) return null;
  if (value.choices === undefined) return `kind=${value.kind}`;
  const kind = value.kind === "folder" ? "folder" : "choice";
  return `kind=${kind} choices='${value.choices.join(" ")}'`;
}
