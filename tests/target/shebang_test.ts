import assert from "node:assert/strict";
import fc from "fast-check";
import { parseShebang, type Shebang, splitShellWords } from "../../src/target/shebang.ts";
import { anyPython } from "../support/pythons.ts";
import { run } from "../support/processes.ts";

function parse(text: string, script = "/bin/tool"): Shebang {
  return parseShebang(new TextEncoder().encode(text), script);
}

function python(interpreter: string, ...words: string[]): Shebang {
  return { kind: "python", interpreter, words };
}

Deno.test("first lines and what they ask for", () => {
  const cases: [string, Shebang][] = [
    ["", { kind: "none" }],
    ["print(1)\n", { kind: "none" }],
    ["#!/usr/bin/python3\n", python("/usr/bin/python3")],
    ["#!/usr/bin/python3", python("/usr/bin/python3")],
    ["#! /usr/bin/python3 \r\n", python("/usr/bin/python3")],
    ["#!/v/bin/python -I\n", python("/v/bin/python", "-I")],
    // The kernel makes one word of all that follows the program.
    ["#!/v/bin/python -X dev\n", python("/v/bin/python", "-X dev")],
    ["#!/usr/bin/env python3\n", python("python3")],
    ["#!/usr/bin/env python3.12\n", python("python3.12")],
    ["#!/usr/bin/env -S python3 -X dev\n", python("python3", "-X", "dev")],
    ["#!/usr/bin/env -Spython3 -u\n", python("python3", "-u")],
    ["#!/usr/bin/env --split-string=python3 -W 'a b'\n", python("python3", "-W", "a b")],
    ["#!/usr/bin/env -S /v/bin/python3 -u\n", python("/v/bin/python3", "-u")],
    ["#!/usr/bin/env python3 -u\n", { kind: "other", says: "/usr/bin/env python3 -u" }],
    ["#!/usr/bin/env node\n", { kind: "other", says: "/usr/bin/env node" }],
    ["#!/usr/bin/env\n", { kind: "other", says: "/usr/bin/env" }],
    ["#!/bin/bash\necho\n", { kind: "other", says: "/bin/bash" }],
    ["#!/bin/sh -e\n", { kind: "other", says: "/bin/sh" }],
    ["#!\n", { kind: "other", says: "" }],
    ["#!/usr/bin/pypy3\n", python("/usr/bin/pypy3")],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parse(text), expected, text);
});

Deno.test("trampolines that installers write for paths a first line can't hold", () => {
  const cases: [string, Shebang][] = [
    [`'''exec' "/long path/python" "$0" "$@"`, python("/long path/python")],
    [`'''exec' /long/python "$0" "$@"`, python("/long/python")],
    [`'''exec' '/long path/python3' "$0" "$@"`, python("/long path/python3")],
    [`'''exec' "/long path/python" -E -s "$0" "$@"`, python("/long path/python", "-E", "-s")],
    [`"exec" "/opt/x/python3" "$0" "$@"`, python("/opt/x/python3")],
    ['"exec" "`dirname $0`/python" "$0" "$@"', python("/v/bin/python")],
    [
      `'''exec' "$(dirname -- "$(realpath -- "$0")")"/'python3' "$0" "$@"`,
      python("/v/bin/python3"),
    ],
    [`'''exec' "/long path/ruby" "$0" "$@"`, { kind: "other", says: "/bin/sh" }],
    [`'''exec' "/long path/python`, { kind: "other", says: "/bin/sh" }],
    [`exec python3 "$0"`, { kind: "other", says: "/bin/sh" }],
  ];
  for (const [line, expected] of cases) {
    assert.deepEqual(parse(`#!/bin/sh\n${line}\n' '''\n`, "/v/bin/tool"), expected, line);
  }
});

Deno.test({
  name: "what a first line means is what the system makes of it",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const { path } = await anyPython();
    const folder = await Deno.realPath(await Deno.makeTempDir());
    try {
      const spaced = `${folder}/a b`;
      await Deno.mkdir(spaced);
      await Deno.symlink(path, `${spaced}/python3`);
      const heads = [
        `#!${path}\n`,
        `#!${path} -Bu\n`,
        `#!/usr/bin/env -S ${path} -X dev -B\n`,
        `#!/bin/sh\n'''exec' "${spaced}/python3" "$0" "$@"\n' '''\n`,
        `#!/bin/sh\n'''exec' '${spaced}/python3' -B "$0" "$@"\n' '''\n`,
        `#!/bin/sh\n'''exec' "$(dirname -- "$(realpath -- "$0")")"/'python3' "$0" "$@"\n' '''\n`,
        '#!/bin/sh\n"exec" "`dirname $0`/python3" "$0" "$@"\n',
      ];
      for (const head of heads) {
        // The last form does not quote the folder, so it works only where there is no blank in it.
        const script = head.includes("`dirname") ? `${folder}/tool` : `${spaced}/tool`;
        if (head.includes("`dirname")) await Deno.symlink(path, `${folder}/python3`);
        const text = `${head}import sys; print(sys.argv, sys.flags, sys.base_prefix)\n`;
        await Deno.writeTextFile(script, text, { mode: 0o700 });
        const said = parse(text, script);
        assert.equal(said.kind, "python", head);
        if (said.kind !== "python") continue;
        const bySystem = await run([script, "a", "b c"]);
        const byUs = await run([said.interpreter, ...said.words, script, "a", "b c"]);
        assert.equal(bySystem.status, 0, bySystem.stderr);
        assert.equal(byUs.stdout, bySystem.stdout, head);
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("any head is read without a crash", () => {
  const head = fc.tuple(
    fc.constantFrom("", "#!", "#!/bin/sh\n'''exec' ", "#!/usr/bin/env -S "),
    fc.string({ unit: "binary" }),
  ).map((parts) => parts.join(""));
  fc.assert(fc.property(head, (text) => {
    assert.ok(["none", "python", "other"].includes(parse(text).kind));
  }));
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    parseShebang(bytes, "/x");
  }));
});

Deno.test("shell words", () => {
  assert.deepEqual(splitShellWords(` a "b c" 'd "e' f\\ g "h\\"i" "" j'k'"l" `), [
    "a",
    "b c",
    'd "e',
    "f g",
    'h"i',
    "",
    "jkl",
  ]);
  assert.equal(splitShellWords("a 'b"), null);
});
