/** What `deno task build` makes of its words, with stand-ins for Deno and for the runtimes. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { platformOf, TARGETS } from "../../tools/build/targets.ts";
import { build, type Toolchain } from "../../tools/build.ts";
import { versionsOf } from "../../src/agent/accelerator.ts";
import { ACCELERATED } from "../../tools/build/accelerator.ts";
import { SMALL, smallAccelerators } from "../support/accelerator.ts";
import { anyPython, pythons } from "../support/pythons.ts";
import { withFolder } from "../support/recorder.ts";

/** The first bytes of a runtime for each target, by the formats' definitions. */
const HEADS: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  "x86_64-unknown-linux-gnu": elf(0x3e),
  "aarch64-unknown-linux-gnu": elf(0xb7),
  "x86_64-apple-darwin": new Uint8Array([0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1]),
  "aarch64-apple-darwin": new Uint8Array([0xcf, 0xfa, 0xed, 0xfe, 12, 0, 0, 1]),
  "x86_64-pc-windows-msvc": pe(0x64, 0x86),
  "aarch64-pc-windows-msvc": pe(0x64, 0xaa),
};

const WINDOWS = "x86_64-pc-windows-msvc";

function elf(machine: number): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  head[18] = machine;
  return head;
}

function pe(low: number, high: number): Uint8Array<ArrayBuffer> {
  const head = new Uint8Array(256);
  head.set([0x4d, 0x5a]);
  head[0x3c] = 0x80;
  head.set([0x50, 0x45, 0, 0, low, high], 0x80);
  return head;
}

/** A Deno that notes the words it compiles with, and what lies beside the entry, in the place of what it compiles. */
const DENO = `#!/bin/sh
if [ "$1" = --version ]; then echo "deno VERSION (stable)"; exit; fi
for word; do case $word in --output=*) output=\${word#--output=};; esac; done
for last; do :; done
{ printf '%s\\n' "$@"; echo "DENORT_BIN=\${DENORT_BIN-unset}"; stat -c '%Y %n' "\${last%/*}"/*; } > "$output"
`;

async function withTools(
  body: (folder: string, deno: string) => Promise<void>,
  { version = "2.6.10", script = DENO } = {},
): Promise<void> {
  await withFolder(async (folder) => {
    const deno = join(folder, "deno");
    await Deno.writeTextFile(deno, script.replace("VERSION", version), { mode: 0o755 });
    await body(folder, deno);
  });
}

Deno.test("build: a target goes to deno compile, with the runtime for it", async () => {
  assert.deepEqual(Object.keys(HEADS).sort(), Object.keys(TARGETS).sort());
  const python = (await anyPython()).path;
  await withTools(async (folder, deno) => {
    // One of each system: what differs within one is the runtime, and that is for the tests below.
    for (const target of ["x86_64-unknown-linux-gnu", "aarch64-apple-darwin", WINDOWS]) {
      const runtime = join(folder, `denort-${target}`);
      await Deno.writeFile(runtime, HEADS[target] ?? new Uint8Array());
      // One interpreter's bytecode: that of all is for another test.
      const words = ["--target", target, "--output", `out/${target}`, "--python", python];
      const { output, accelerators, withoutAccelerator } = await build(
        words,
        folder,
        { deno, runtime },
        SMALL,
      );
      // What is compiled for one system is of no use on another.
      if (target !== Deno.build.target) {
        assert.deepEqual([accelerators, withoutAccelerator], [[], []]);
      }
      const ending = target.includes("windows") ? ".exe" : "";
      assert.equal(output, join(folder, "out", target + ending));
      const said = (await Deno.readTextFile(output)).trimEnd().split("\n");
      for (
        const word of [
          "compile",
          `--target=${target}`,
          `--output=${output}`,
          `DENORT_BIN=${runtime}`,
        ]
      ) assert.ok(said.includes(word), `${word} in ${said.join(" ")}`);
      const passed = said.slice(0, said.findIndex((word) => word.startsWith("DENORT_BIN=")));
      const files = passed.filter((word) => /^[^=]+\.js$|^--include=/.test(word)).map((word) =>
        word.replace(/\/.*\//, "")
      );
      const isLate = (word: string) => word.startsWith("--include=src-");
      assert.ok(files.filter(isLate).includes("--include=src-cli-verify.js"));
      assert.deepEqual(files.filter((word) => !isLate(word)), [
        "--include=trace_worker_main.js",
        "--include=compress_worker_main.js",
        "--include=trial_worker_main.js",
        "--include=core.txt",
        "--include=core.cache",
        "--include=core.json",
        "--include=trace_worker_main.txt",
        "--include=trace_worker_main.cache",
        "--include=trace_worker_main.json",
        "--include=compress_worker_main.txt",
        "--include=compress_worker_main.cache",
        "--include=compress_worker_main.json",
        "--include=trial_worker_main.txt",
        "--include=trial_worker_main.cache",
        "--include=trial_worker_main.json",
        "--include=agent-bytecode",
        "--include=agent-text",
        "--include=agent-filter",
        ...accelerators.length === 0 ? [] : ["--include=agent-accelerator"],
        "main.js",
      ]);
    }
  });
});

Deno.test("build: the same sources make the same program, at any time", async () => {
  const all = [...(await pythons()).values()].flatMap(({ path }) => ["--python", path]);
  await withTools(async (folder, deno) => {
    const [first, second] = [
      await build(["--output", "x", ...all], folder, { deno, runtime: null }, SMALL),
      await build(["--output", "y", ...all], folder, { deno, runtime: null }, SMALL),
    ];
    const libraries = (await smallAccelerators())?.libraries ?? [];
    assert.deepEqual(first.accelerators, versionsOf(libraries.map(({ name }) => name)));
    // The lock file is not one of those that go in.
    const [said, again] = [first, second].map(({ output }) =>
      Deno.readTextFileSync(output).replace(/^--(output|lock)=.*$/gm, "")
    );
    assert.match(said!, /^0 .*chunk-/m);
    assert.match(said!, /^0 .*core\.txt$/m);
    assert.equal(/^0 .*agent-accelerator$/m.test(said!), libraries.length > 0);
    assert.equal(again, said);
  });
});

Deno.test("build: without a target, for this machine; without a C compiler, with no accelerator", async () => {
  const { path, version } = await anyPython();
  await withTools(async (folder, deno) => {
    const words = ["--output", "x", "--python", path];
    const none = { ...SMALL, compiler: [join(folder, "no-cc")] };
    const built = await build(words, folder, { deno, runtime: null }, none);
    assert.deepEqual([built.bytecode, built.accelerators], [[version], []]);
    for (const line of built.withoutAccelerator) {
      assert.match(line, /^no native accelerator for .*: (there is no C comp|its headers)[^\n]*$/);
    }
    assert.equal(built.withoutAccelerator.length, ACCELERATED.includes(version) ? 1 : 0);
    const said = await Deno.readTextFile(built.output);
    assert.ok(!said.includes("--target") && !said.includes("accelerator"));
    assert.match(said, /^DENORT_BIN=unset$/m); // so that Deno downloads it
  });
});

Deno.test("build: a runtime for another target is refused, whatever it is", async () => {
  await withTools(async (folder, deno) => {
    const runtime = join(folder, "denort");
    const heads: [string, Uint8Array<ArrayBuffer>][] = [
      ...Object.entries(HEADS),
      ["text", new TextEncoder().encode("#!/bin/sh\n")],
      ["empty", new Uint8Array()],
      ["cut off", pe(0x64, 0x86).slice(0, 0x40)],
    ];
    for (const [name, head] of heads) {
      await Deno.writeFile(runtime, head);
      for (const target of Object.keys(TARGETS).filter((target) => target !== name)) {
        await assert.rejects(
          build(["--target", target, "--output", "x"], folder, { deno, runtime }),
          (error: Error) =>
            error.message.includes(target) && error.message.includes("DENORT_BIN") &&
            error.message.includes(runtime),
        );
      }
    }
    const missing: Toolchain = { deno, runtime: join(folder, "none") };
    await assert.rejects(build(["--output", "x"], folder, missing), /DENORT_BIN names .*none/);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "deno",
      "denort",
    ]);
  });
});

Deno.test("build: what can't be built is said with its remedy", async () => {
  const failing = `#!/bin/sh
if [ "$1" = --version ]; then echo "deno VERSION"; exit; fi
echo "error sending request" >&2; exit 1
`;
  await withTools(async (folder, deno) => {
    const target = "aarch64-pc-windows-msvc";
    await assert.rejects(
      build(["--target", target, "--output", "x"], folder, { deno, runtime: null }),
      /could not download the runtime for aarch64-pc-windows-msvc.*DENORT_BIN[^]*error sending/,
    );
    await assert.rejects(
      build(["--target", "riscv"], folder, { deno, runtime: null }),
      /targets are/,
    );
    await assert.rejects(build(["--tarjet", "x"], folder, { deno, runtime: null }), /tarjet/);
  }, { script: failing });
  await withTools(async (folder, deno) => {
    await assert.rejects(build([], folder, { deno, runtime: null }), /2\.6\.10 or later is needed/);
  }, { version: "2.6.9" });
});

Deno.test("build: the executables of this machine are known for what they are", async () => {
  const { os, arch } = Deno.build;
  using file = await Deno.open(Deno.execPath());
  const head = new Uint8Array(4096);
  await file.read(head);
  assert.deepEqual(platformOf(head), { os, arch });
});
