/**
 * Recorded output: whose it is, where it stands, and that the program's own stays what it is. `proxies` sees the
 * program's own streams; `proxies+fd` also what native code and children write to the descriptors.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { assertSameText } from "../support/diff.ts";
import { run } from "../support/processes.ts";
import {
  EACH_OBSERVER,
  forEachPython,
  needsPythons,
  PUSH_VERSIONS,
  type Python,
} from "../support/pythons.ts";
import { recordedOutput, textOf } from "../support/recorded_output.ts";
import { inspect, PROGRAMS, record, recorderCommand, withFolder } from "../support/recorder.ts";
import { sameAsWithout, SILENT } from "../support/same.ts";
import { underTerminal } from "../support/terminal.ts";

needsPythons(PUSH_VERSIONS);

/** The others of its kind for each of {@link EACH_OBSERVER}. */
const OTHER_TWO = ["3.11", "3.12"];
const FD = ["--io-capture", "proxies+fd"];

function test(
  name: string,
  versions: readonly string[],
  body: (python: Python, folder: string) => Promise<void>,
): void {
  Deno.test({
    name: `output: ${name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: async (t) => {
      await forEachPython(t, versions, (python) => withFolder((folder) => body(python, folder)));
    },
  });
}

/** Writes `app.py` and gives the words that run it. */
async function app(python: Python, folder: string, text: string): Promise<string[]> {
  await Deno.writeTextFile(join(folder, "app.py"), text);
  return [python.path, "app.py"];
}

/** The line of `program` that holds `text`. */
function lineOf(program: string, text: string): number {
  return program.split("\n").findIndex((line) => line.includes(text)) + 1;
}

// Each piece of output begins with "@" where a line of its own wrote it.
const OWN = `import contextlib, io, os, sys
print("@print")
print("@no newline", end="")
sys.stdout.write("@write\\n")
sys.stderr.write("@stderr\\n")
print("@file=", file=sys.stderr)
sys.stdout.flush()
sys.stdout.buffer.write(b"@bytes \\xff\\x00\\n")
sys.stdout.writelines(["@writelines", " and more\\n"])
def inner():
    print("@inner")
    return 1
print("@outer", inner(), inner())
with contextlib.redirect_stdout(sys.stderr):
    print("@redirected")
captured = io.StringIO()
with contextlib.redirect_stdout(captured):
    print("@captured")
class Upper:
    def write(self, text):
        return sys.__stdout__.write(text.upper())
    def flush(self):
        sys.__stdout__.flush()
sys.stdout = Upper()
print("@replaced")
sys.stdout = sys.__stdout__
sys.stdout.reconfigure(errors="surrogateescape")
print("@surrogate \\udcff")
print("@huge " + "é" * 100000)
sys.stdout.write("@end")
`;

test("of the program's own streams, each piece at the step that wrote it", PUSH_VERSIONS, async (
  python,
  folder,
) => {
  const { recorded } = await sameAsWithout(folder, await app(python, folder, OWN));
  const output = recordedOutput(recorded.trace);
  const expected: [stream: string, text: string, line: string][] = [
    ["stdout", "@print\n", "@print"],
    ["stdout", "@no newline", "@no newline"],
    ["stdout", "@write\n", '"@write\\n'],
    ["stderr", "@stderr\n", "@stderr"],
    ["stderr", "@file=\n", "@file="],
    ["stdout", "@bytes \xff\0\n", "@bytes"],
    ["stdout", "@writelines and more\n", "@writelines"],
    ["stdout", "@inner\n", "@inner"],
    ["stdout", "@inner\n", "@inner"],
    // Events are in the order of the steps, and what was called on that line has printed since.
    ["stdout", "@outer 1 1\n", "return 1"],
    ["stderr", "@redirected\n", "@redirected"],
    ["stdout", "@REPLACED", "sys.__stdout__.write"],
    ["stdout", "\n", "sys.__stdout__.write"],
    ["stdout", "@surrogate \xff\n", "@surrogate"],
    ["stdout", "@huge ", "@huge"],
    ["stdout", "@end", "@end"],
  ];
  // A long write makes several events.
  const huge = output.filter(({ text }) => text.includes("\xc3\xa9"));
  assert.ok(huge.every(({ line }) => line === lineOf(OWN, "@huge")));
  assert.equal(huge.map(({ text }) => text).join(""), `@huge ${"\xc3\xa9".repeat(100000)}\n`);
  const first = huge[0];
  const told = output.filter((event) => event === first || !huge.includes(event)).map((event) => [
    event.stream,
    event === first ? "@huge " : event.text,
    event.line,
  ]);
  assert.deepEqual(
    told,
    expected.map(([stream, text, line]) => [stream, text, lineOf(OWN, line)]),
  );
});

const BOTH_LAYERS: [name: string, program: string, stdout: string, env?: Record<string, string>][] =
  [
    [
      "bytes of the length of what the text layer holds",
      'print("ab")\nsys.stdout.buffer.write(b"XY\\n")\nsys.stdout.flush()\nprint("done")\n',
      "XY\nab\ndone\n",
    ],
    [
      "bytes that are what the text layer holds",
      'print("ab")\nsys.stdout.buffer.write(b"ab\\n")\nsys.stdout.flush()\nprint("c")\n',
      "ab\nab\nc\n",
    ],
    [
      "bytes ahead of a text that begins like them",
      'print("b")\nsys.stdout.buffer.write(b"bcdef\\n")\nprint("end")\n',
      "bcdef\nb\nend\n",
    ],
    [
      "much of both",
      'for n in range(2000):\n    print("text", n)\n    sys.stdout.buffer.write(b"bytes %d\\n" % n)\n',
      "",
    ],
    [
      "a text of a class of its own",
      'class Text(str): pass\nsys.stdout.write(Text("a\\n"))\nprint("b")\n',
      "a\nb\n",
    ],
    [
      "several threads",
      "import threading\nsys.setswitchinterval(1e-4)\ndef some(k):\n    for n in range(150):\n        print(k, n)\n" +
      "all = [threading.Thread(target=some, args=(k,)) for k in range(4)]\n" +
      "for t in all: t.start()\nfor t in all: t.join()\n",
      "",
    ],
    [
      "a stream that is put aside before it is flushed",
      'import io\nprint("held")\nsys.stdout = sys.__stdout__ = io.StringIO()\n',
      "held\n",
    ],
    [
      "other newlines",
      'print("one")\nsys.stdout.reconfigure(newline="\\r\\n")\nprint("two")\nsys.stdout.reconfigure(line_buffering=True)\n' +
      'print("three")\nsys.stdout.reconfigure(newline="\\n")\nprint("four")\n',
      "one\ntwo\r\nthree\r\nfour\n",
    ],
    ...["utf-8-sig", "utf-16", "iso2022_jp", "koi8-r:replace"].map((
      encoding,
    ): [string, string, string, Record<string, string>] => [
      `encoding ${encoding}`,
      'print("one \u3042")\nprint("two \u3042", flush=True)\nsys.stdout.buffer.write(b"three")\n',
      "",
      { PYTHONIOENCODING: encoding },
    ]),
  ];

test("every byte once, whatever the layers make of it", EACH_OBSERVER, async (python, folder) => {
  for (const [name, program, stdout, env] of BOTH_LAYERS) {
    const words = await app(python, folder, `import sys\n${program}`);
    const options = { cwd: folder, env: { PYTHONUNBUFFERED: "", ...env } };
    const to = (name: string) => ["sh", "-c", `"$@" | cat > ${name}`, "sh"];
    const plain = await run([...to("plain"), ...words], options);
    assert.equal(plain.status, 0, plain.stderr);
    const written = await Deno.readFile(join(folder, "plain"));
    if (stdout !== "") assert.equal(new TextDecoder().decode(written), stdout, name);
    // What the streams tell is the same in both modes; how it is told apart from others' needs the second.
    for (const capture of name === BOTH_LAYERS[0]?.[0] ? [[], FD] : [FD]) {
      const { trace } = await record(folder, [...SILENT, ...capture, ...words], {
        ...options,
        wrapper: to("recorded"),
      });
      const output = recordedOutput(trace);
      const bytes = (all: readonly number[] | Uint8Array) => {
        const counts = new Map<number, number>();
        for (const byte of all) counts.set(byte, (counts.get(byte) ?? 0) + 1);
        return [...counts].toSorted(([a], [b]) => a - b).join(" ");
      };
      if (name !== "several threads") {
        assert.deepEqual(await Deno.readFile(join(folder, "recorded")), written, name);
      }
      assert.equal(
        bytes(output.flatMap((event) => [...event.bytes])),
        bytes(written),
        `${name}, ${capture}`,
      );
      assert.equal(textOf(output, "stdout", "fd"), "", name);
      await Deno.remove(join(folder, "out"), { recursive: true });
    }
  }
});

test("of others, while the text layer holds something back", EACH_OBSERVER, async (
  python,
  folder,
) => {
  const program = `import os, sys
print("a")
os.write(1, b"raw\\n")
print("end")
`;
  const words = await app(python, folder, program);
  const { recorded } = await sameAsWithout(folder, words, {
    recorderOptions: FD,
    env: { PYTHONUNBUFFERED: "" },
  });
  const output = recordedOutput(recorded.trace);
  assert.equal(recorded.stdout, "raw\na\nend\n");
  assert.equal(textOf(output, "stdout", "own"), "a\nend\n");
  assert.deepEqual(
    output.flatMap(({ source, text }) => source === "fd" ? [text] : []),
    ["raw\n"],
  );
});

test("what is read stands at the step that read it", EACH_OBSERVER, async (python, folder) => {
  const program = `import sys
first = input("prompt> ")
second = sys.stdin.readline()
third = sys.stdin.read(3)
rest = sys.stdin.buffer.read()
print([first, second, third, rest])
`;
  const { recorded } = await sameAsWithout(folder, await app(python, folder, program), {
    stdin: "one\ntwo\nthree\nfour",
  });
  const read = recordedOutput(recorded.trace).filter(({ stream }) => stream === "stdin");
  assert.equal(read.map(({ text }) => text).join(""), "one\ntwo\nthree\nfour");
  // A pipe is read in blocks: the first line takes in all there is (limits.md).
  assert.deepEqual([...new Set(read.map(({ line }) => line))], [lineOf(program, "input(")]);
});

const MIXED = `import ctypes, os, subprocess, sys
print("own 1")
libc = ctypes.CDLL(None)
libc.puts(b"native 1")
libc.fflush(None)
sys.stdout.flush()
subprocess.run(["echo", "child 1"])
os.write(1, b"native 2\\n")
os.write(2, b"native 3\\n")
print("own 2", end="")
sys.stdout.write("x" * 200000 + "\\n")
sys.stdout.buffer.write(b"own 3 \\xff\\n")
sys.stderr.write("own 4\\n")
os.system("echo child 2 >&2")
sys.stdout.flush()
mine = open(1, "w", closefd=False)
print("in place of sys.stdout", file=mine, flush=True)
kept = os.dup(1)
os.dup2(os.open("elsewhere", os.O_WRONLY | os.O_CREAT), 1)
print("to a file", flush=True)
os.dup2(kept, 1)
print("own 5")
`;

test("of native code and children too, told apart from the program's own", OTHER_TWO, async (
  python,
  folder,
) => {
  const { recorded } = await sameAsWithout(folder, await app(python, folder, MIXED), {
    recorderOptions: FD,
  });
  const output = recordedOutput(recorded.trace);
  const own = (stream: string) => textOf(output, stream, "own");
  assertSameText(
    "the program's own",
    own("stdout"),
    `own 1\nown 2${"x".repeat(200000)}\nown 3 \xff\nto a file\nown 5\n`,
  );
  assert.equal(own("stderr"), "own 4\n");
  assert.equal(
    textOf(output, "stdout", "fd"),
    "native 1\nchild 1\nnative 2\nin place of sys.stdout\n",
  );
  assert.equal(textOf(output, "stderr", "fd"), "native 3\nchild 2\n");
  const printed = await run([...recorderCommand(), "print", recorded.outDir]);
  assert.match(printed.stdout, / stderr \(fd\) \| child 2\n/);
  const firstStep = (line: number) =>
    recorded.trace?.events.find((event) => event.line === line && event.path?.endsWith("/app.py"))
      ?.step_index ?? NaN;
  for (const { step, line, text, source } of output) {
    for (const [word] of text.matchAll(/(?:own|native|child) \d/g)) {
      const wrote = lineOf(MIXED, word);
      // Others' output may come a moment late, but never ahead of the step that wrote it.
      assert.ok(
        source === "own" ? line === wrote : step >= firstStep(wrote),
        `${word} at line ${line}`,
      );
    }
  }
});

test(
  "of others, at the step that wrote it, where the recorder can't be too fast",
  EACH_OBSERVER,
  async (
    python,
    folder,
  ) => {
    // The recorder stands still meanwhile: what is in the pipe stays there.
    const program = `import ctypes, glob, os, signal, subprocess
def states():
    return {open(path).read().rpartition(")")[2].split()[0] for path in glob.glob("/proc/%d/task/*/stat" % os.getppid())}
os.kill(os.getppid(), signal.SIGSTOP)
while states() != {"T"}:
    pass
libc = ctypes.CDLL(None)
os.write(1, b"@direct\\n")
libc.puts(b"@by C")
flushed = libc.fflush(None)
os.system("echo @system")
print("own", flush=True)
def function():
    subprocess.run(["echo", "@run"])
    return os.write(1, b"@at the end\\n")
function()
os.kill(os.getppid(), signal.SIGCONT)
`;
    const words = await app(python, folder, program);
    const recorded = await record(folder, [...SILENT, ...FD, ...words]);
    assert.equal(recorded.stdout, "@direct\n@by C\n@system\nown\n@run\n@at the end\n");
    const output = recordedOutput(recorded.trace).filter(({ source }) => source === "fd");
    assert.deepEqual(
      output.map(({ text, line }) => [text, line]),
      [
        ["@direct\n", lineOf(program, "@direct")],
        ["@by C\n", lineOf(program, "flushed")],
        ["@system\n", lineOf(program, "@system")],
        ["@run\n", lineOf(program, "@run")],
        ["@at the end\n", lineOf(program, "@at the end")],
      ],
    );
  },
);

test("a program can tell no more than without", EACH_OBSERVER, async (python, folder) => {
  // It has pipes in both runs; before 3.13 the agent's mappings keep descriptors (limits.md).
  const ring = /^descriptor 10\d: \('[^']*\.recording-[^']*'.*\n/gm;
  const words = [python.path, join(PROGRAMS, "probes/state.py"), "a"];
  await sameAsWithout(folder, words, {
    recorderOptions: FD,
    ...(python.minor < 13 ? { allowed: ring } : {}),
  });
});

test("with both streams in one pipe, in their order", EACH_OBSERVER, async (python, folder) => {
  const program = `import os, sys
sys.stderr.write("a\\n")
os.write(1, b"b\\n")
os.write(2, b"c\\n")
print("d", flush=True)
os.system("echo e >&2; echo f")
print("g")
sys.stderr.write("h\\n")
print(os.path.sameopenfile(1, 2), file=sys.stderr)
`;
  const words = await app(python, folder, program);
  const { recorded } = await sameAsWithout(folder, words, {
    recorderOptions: FD,
    prelude: "exec 2>&1",
  });
  const output = recordedOutput(recorded.trace);
  assert.equal(textOf(output, "stdout", "fd"), "b\nc\ne\nf\n");
  assert.equal(textOf(output, "stderr", "own"), "a\nh\nTrue\n");
  assert.equal(textOf(output, "stdout", "own"), "d\ng\n");
});

test("of others, where the program was", ["3.13"], async (python, folder) => {
  // The program goes on when it sees that the recorder has passed it on.
  const program = `import os, time
def passed_on(text):
    while text not in open("out.txt").read():
        time.sleep(0.005)
def by_child():
    os.system("echo first")
    passed_on("first")
def natively():
    os.write(1, b"second\\n")
    passed_on("second")
by_child()
natively()
done = 1
`;
  const words = await app(python, folder, program);
  await sameAsWithout(folder, words, { recorderOptions: FD, prelude: "exec > out.txt" });
  const { trace } = await inspect(join(folder, "out"));
  const where = recordedOutput(trace).map(({ text, line, source }) => [text, line, source]);
  assert.deepEqual(where.map(([text, , source]) => [text, source]), [
    ["first\n", "fd"],
    ["second\n", "fd"],
  ]);
  const inside = (line: unknown, name: string) => {
    const start = lineOf(program, `os.${name}`);
    assert.ok(
      typeof line === "number" &&
        (line === start || line === start + 1 || line === 3 || line === 4),
      `line ${line}`,
    );
  };
  inside(where[0]?.[1], "system");
  inside(where[1]?.[1], "write(1");
});

test("a program that ends without flushing, or is killed", ["3.12"], async (python, folder) => {
  for (const end of ["os._exit(3)", "os.kill(os.getpid(), 9)"]) {
    const program =
      `import os\nprint("early", flush=True)\nprint("never written")\nos.write(1, b"last\\n")\n${end}\n`;
    const { recorded } = await sameAsWithout(folder, await app(python, folder, program), {
      recorderOptions: FD,
    });
    const output = recordedOutput(recorded.trace);
    assert.equal(textOf(output, "stdout", "own"), "early\nnever written\n");
    assert.equal(textOf(output, "stdout", "fd"), "last\n");
    await Deno.remove(join(folder, "out"), { recursive: true });
  }
});

test("much of it, by both, with a reader that is slow", ["3.13"], async (python, folder) => {
  const program = `import os, subprocess, sys
for n in range(300):
    print("own", n, "-" * 200)
    os.write(1, b"native %d\\n" % n)
subprocess.run([sys.executable, "-c", "print('c' * 1000000)"])
`;
  const words = await app(python, folder, program);
  const script = '"$@" | (sleep 0.3; cat)';
  const plain = await run(["sh", "-c", script, "sh", ...words], { cwd: folder });
  const relayed = await run(
    ["sh", "-c", script, "sh", ...recorderCommand(), ...SILENT, ...FD, "-o", "out", ...words],
    { cwd: folder },
  );
  assertSameText("standard output", plain.stdout, relayed.stdout);
  const output = recordedOutput((await inspect(join(folder, "out"))).trace);
  const all = (own: boolean) =>
    Array.from({ length: 300 }, (_, n) => own ? `own ${n} ${"-".repeat(200)}\n` : `native ${n}\n`)
      .join("");
  // A buffer that is full is written in the middle of a line: whose newline comes next, nobody can tell.
  const text = (source: "own" | "fd") => textOf(output, "stdout", source);
  assertSameText("the program's own", all(true), text("own"));
  const joined = (text: string) => text.replaceAll("\n", "");
  assertSameText("others'", joined(`${all(false)}${"c".repeat(1000000)}`), joined(text("fd")));
  assert.equal(text("fd").split("\n").length, 302);
});

test(
  "a reader that goes away is gone for the program too",
  EACH_OBSERVER,
  async (python, folder) => {
    const code = "import sys\nfor n in range(200000): print(n)\n";
    const script = '"$@" 2>err | head -n 2';
    const words = await app(python, folder, code);
    const plain = await run(["sh", "-c", script, "sh", ...words], { cwd: folder });
    const plainError = await Deno.readTextFile(join(folder, "err"));
    const relayed = await run(
      ["sh", "-c", script, "sh", ...recorderCommand(), ...SILENT, ...FD, "-o", "out", ...words],
      { cwd: folder },
    );
    assertSameText("standard output", plain.stdout, relayed.stdout);
    const error = await Deno.readTextFile(join(folder, "err"));
    assertSameText("standard error", plainError, error);
    assert.match(error, /BrokenPipeError/);
    assert.notEqual((await inspect(join(folder, "out"))).trace, null);
  },
);

test(
  "a child that outlives the program holds nothing up",
  EACH_OBSERVER,
  async (python, folder) => {
    // It ends when its standard input does, which is when this test has seen the recorder end.
    const program = `import os, subprocess
read, write = os.pipe()
child = subprocess.Popen(["cat"], stdin=read, pass_fds=[write])
print(child.pid, flush=True)
os.system("echo before the end")
`;
    const recorded = await record(folder, [
      ...SILENT,
      ...FD,
      ...await app(python, folder, program),
    ]);
    const output = recordedOutput(recorded.trace);
    const child = Number(textOf(output, "stdout", "own"));
    // Throws if there is none.
    Deno.kill(child, "SIGKILL");
    assert.equal(recorded.status, 0);
    assert.equal(textOf(output, "stdout", "fd"), "before the end\n");
  },
);

test("a terminal stays the program's, and a warning says what is missing", ["3.13"], async (
  python,
  folder,
) => {
  const words = await app(
    python,
    folder,
    `import os, sys
print([os.isatty(n) for n in range(3)], os.get_terminal_size(0), sys.stdout.isatty())
os.system("test -t 1 && echo a terminal for children too; echo to stderr >&2")
`,
  );
  const command = [...recorderCommand(), "--propagate-script-exit", ...FD, "-o", "out"];
  const warning = (names: string) =>
    `ct-recorder: warning: what native code and child processes write to ${names} is not recorded: ` +
    "a terminal is left to the program\n";
  const plain = await underTerminal(words, { cwd: folder });
  const both = await underTerminal([...command, ...words], { cwd: folder });
  // What is erased again, where it takes longer than two seconds.
  const progress = new RegExp("\r?\x1b\\[K(ct-recorder: [\\d,]+ steps?, [^\r\n]*\r)?", "g");
  const stays = both.output.replace(progress, "");
  assert.ok(stays.startsWith(plain.output + warning("stdout and stderr")), both.output);
  const quiet = await underTerminal([...command, "--quiet", ...words], { cwd: folder });
  assert.equal(quiet.output, plain.output);
  const one = await underTerminal([...command, ...words], { cwd: folder, terminal: [0, 1] });
  assert.equal(
    textOf(recordedOutput((await inspect(join(folder, "out"))).trace), "stderr", "fd"),
    "to stderr\n",
  );
  assert.ok(one.files["2"]?.includes(warning("stdout")), one.files["2"]);
});

test("curses and input() at a terminal", EACH_OBSERVER, async (python, folder) => {
  const program = `import curses, sys
def main(screen):
    curses.curs_set(0)
    screen.addstr(1, 2, "press a key")
    screen.refresh()
    key = screen.getkey()
    screen.addstr(2, 2, "it was " + key)
    screen.refresh()
    return key, screen.getmaxyx()
print(curses.wrapper(main))
print("hello", input("name? "))
print("got", sys.stdin.readline(), end="")
`;
  const words = await app(python, folder, program);
  const conversation = [["press a key", "x"], ["name? ", "bobx\x7f\n"], [
    "hello bob",
    "line\n",
  ]] as const;
  const plain = await underTerminal(words, { cwd: folder, conversation });
  assert.match(plain.output, /it was[^]*hello bob[^]*got line/);
  const command = [...recorderCommand(), ...SILENT, ...FD, "-o", "out", ...words];
  const recorded = await underTerminal(command, { cwd: folder, conversation });
  assertSameText("the session", plain.output, recorded.output);
  assert.equal(recorded.status, plain.status);
  // What curses draws and what input() asks and reads goes past the streams: limits.md.
  const output = recordedOutput((await inspect(join(folder, "out"))).trace);
  assert.deepEqual(output.map(({ stream, text }) => [stream, text]), [
    ["stdout", "('x', (24, 80))\n"],
    ["stdout", "hello bob\n"],
    ["stdin", "line\n"],
    ["stdout", "got line\n"],
  ]);
});

test("recorded by no one when it is off, and by the streams alone by default", ["3.13"], async (
  python,
  folder,
) => {
  const words = await app(python, folder, MIXED);
  const off = await record(folder, [...SILENT, "--io-capture", "off", ...words]);
  assert.deepEqual(recordedOutput(off.trace), []);
  const { recorded } = await sameAsWithout(folder, words);
  assert.ok(recordedOutput(recorded.trace).every(({ source }) => source === "own"));
});
