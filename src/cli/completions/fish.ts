/** The script for fish. */
import type { Grammar, GrammarCommand, GrammarOption } from "./grammar.ts";

/** The script's text. */
export function fishCompletions({ commands, targetOptions }: Grammar): string {
  const names = commands.map(({ name }) => name);
  const ofTarget = commands.filter(({ operands }) => operands === "target").map(({ name }) => name);
  const valued = commands.flatMap(({ name, options }) =>
    options.filter(({ value }) => value !== null).flatMap((option) =>
      option.names.map((each) => quoted(`${name} ${each}`))
    )
  );
  const withFiles = [
    ...commands.filter(({ operands }) => operands === "target" || operands === "file")
      .map(({ name }) => `${name} open`),
    ...commands.map(({ name }) => `${name} ended`),
  ];
  return `# Completions of ct-recorder for fish. Made by \`ct-recorder completions fish\`.

set -g __ct_recorder_valued ${valued.join(" ")}

# The command, and whether its options have ended.
function __ct_recorder_state
    set -l tokens (commandline -opc)
    set -e tokens[1]
    set -l name record
    set -l awaited
    if contains -- "$tokens[1]" ${names.join(" ")}
        set name $tokens[1]
        set -e tokens[1]
    end
    for token in $tokens
        if set -q awaited[1]
            set -e awaited
            continue
        end
        switch $token
            case --
                echo $name ended
                return
            case '--*=*'
            case ${targetOptions.join(" ")} - '-m*' '-c*'
                if contains -- $name ${ofTarget.join(" ")}
                    echo $name ended
                    return
                end
            case '-*'
                contains -- "$name $token" $__ct_recorder_valued; and set awaited yes
            case '*'
                if contains -- $name ${ofTarget.join(" ")}
                    echo $name ended
                    return
                end
        end
    end
    echo $name open
end

function __ct_recorder_in
    contains -- (string join ' ' -- (__ct_recorder_state)) $argv
end

function __ct_recorder_first
    test (count (commandline -opc)) -eq 1
end

function __ct_recorder_interpreters
    for folder in $PATH
        for file in $folder/python*
            string match -rq '/python[0-9.]*$' -- $file; and path basename $file
        end
    end 2>/dev/null
end

complete -c ct-recorder -f
complete -c ct-recorder -n '__ct_recorder_in ${withFiles.map((each) => `"${each}"`).join(" ")}' -F
${
    commands.map(({ name, summary }) =>
      `complete -c ct-recorder -n __ct_recorder_first -a ${name} -d ${quoted(summary)}`
    ).join("\n")
  }
${commands.flatMap(commandLines).join("\n")}
`;
}

function commandLines({ name, options, operands, words }: GrammarCommand): string[] {
  const start = `complete -c ct-recorder -n '__ct_recorder_in "${name} open"'`;
  const lines = options.map(({ names, value, description }) =>
    `${start} ${names.map(nameOf).join(" ")}${value === null ? "" : ` ${valueOf(value)}`} -d ${
      quoted(description)
    }`
  );
  if (words.length > 0) lines.push(`${start} -a ${quoted(words.join(" "))}`);
  if (operands === "folder") lines.push(`${start} -a '(__fish_complete_directories)'`);
  return lines;
}

function nameOf(name: string): string {
  return name.startsWith("--") ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`;
}

function valueOf({ kind, choices }: NonNullable<GrammarOption["value"]>): string {
  if (choices !== undefined) {
    const folders = kind === "folder" ? ["(__fish_complete_directories)"] : [];
    return `-x -a ${quoted([...choices, ...folders].join(" "))}`;
  }
  switch (kind) {
    case "file":
      return "-r -F";
    case "folder":
      return "-x -a '(__fish_complete_directories)'";
    case "interpreter":
      return "-r -F -a '(__ct_recorder_interpreters)'";
    case "text":
      return "-x";
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
