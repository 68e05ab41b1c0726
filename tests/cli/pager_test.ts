import assert from "node:assert/strict";
import { join } from "node:path";
import { ReaderGone, send } from "../../src/cli/print/output.ts";
import { PagedOutput, pagerCommand } from "../../src/cli/print/pager.ts";
import { recorderCommand, ROOT } from "../support/recorder.ts";
import { underTerminal } from "../support/terminal.ts";
import { type Happening, spoilChunk, withWrittenTrace } from "../support/written_trace.ts";
import { goldenPath } from "../trace/reader/_golden.ts";

const FLOW = goldenPath("flow", ".ct");

Deno.test("the pager is chosen like git's", () => {
  const chosen = (variables: Record<string, string>) => pagerCommand((name) => variables[name]);
  assert.equal(chosen({}), "less");
  assert.equal(chosen({ PAGER: "more" }), "more");
  assert.equal(chosen({ PAGER: "more", CODETRACER_PAGER: "most -w" }), "most -w");
  assert.equal(chosen({ PAGER: "" }), null);
  assert.equal(chosen({ PAGER: "more", CODETRACER_PAGER: "" }), null);
  assert.equal(chosen({ PAGER: "more", CODETRACER_PAGER: " cat " }), null);
  assert.equal(chosen({ PAGER: "cat" }), null);
  assert.equal(chosen({ PAGER: "cat -v" }), "cat -v");
});

interface Shown {
  readonly status: number;
  /** Without what Deno itself does to the terminal. */
  readonly output: string;
  readonly stdout: string;
}

/** What a terminal of 12 lines shows of `print`. */
async function shown(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  more: {
    readonly conversation?: readonly (readonly [string, string])[];
    readonly terminal?: readonly number[];
    readonly folder?: string;
  } = {},
): Promise<Shown> {
  const folder = more.folder ?? Deno.cwd();
  const { status, output, files } = await underTerminal(
    ["sh", "-c", 'stty rows 12 cols 100 < /dev/tty; exec "$@"', "sh", ...recorderCommand()].concat(
      "print",
      words,
    ),
    {
      cwd: folder,
      env,
      ...(more.conversation === undefined ? {} : { conversation: more.conversation }),
      ...(more.terminal === undefined ? {} : { terminal: more.terminal }),
    },
  );
  return { status, output, stdout: files["1"] ?? "" };
}

/** Says what it was given, and how: as a file would be too slow to look at. */
const TELLING = 'wc -l; printf "by pager %s" "$LESS"';

Deno.test("what exceeds the screen goes through the pager, with git's options for less", async () => {
  const { status, output } = await shown([FLOW, "--steps"], { PAGER: TELLING });
  assert.equal(status, 0);
  assert.match(output, /110\nby pager FRX/);
  const kept = await shown([FLOW, "--steps"], { PAGER: TELLING, LESS: "i" });
  assert.match(kept.output, /by pager i/);
});

Deno.test("colours go through the pager", async () => {
  const { output } = await shown([FLOW], { PAGER: "head -n 1 | od -c" });
  assert.match(output, /033 +\[ +2 +m/);
  const dumb = await shown([FLOW], { PAGER: "head -n 1 | od -c", TERM: "dumb" });
  assert.doesNotMatch(dumb.output, /033/);
});

Deno.test("no pager for what fits the screen, for --no-pager, and where nobody looks", async () => {
  const small = await shown([FLOW, "--summary"], { PAGER: TELLING });
  assert.match(small.output, /110 step records/);
  assert.doesNotMatch(small.output, /by pager/);
  const without = await shown([FLOW, "--steps", "--no-pager"], { PAGER: TELLING });
  assert.doesNotMatch(without.output, /by pager/);
  const piped = await shown([FLOW, "--steps"], { PAGER: TELLING }, { terminal: [0, 2] });
  assert.doesNotMatch(piped.output + piped.stdout, /by pager/);
  assert.equal(piped.stdout.split("\n").length, 111);
});

Deno.test("a pager that can't be started is done without", async () => {
  for (const pager of ["no-such-pager", "no-such-pager -x"]) {
    const { status, output } = await shown([FLOW, "--steps"], { PAGER: pager });
    assert.equal(status, 0);
    assert.match(output, /109.*\/app\/flow\.py/);
  }
});

Deno.test("a pager that is left early ends the command quietly, with status 0", async () => {
  const { status, output } = await shown([FLOW, "--json"], { PAGER: "head -c 11" });
  assert.equal(status, 0);
  assert.match(output, /\{"metadata"$/);
});

Deno.test("a pager that is left while there is nothing to show ends the search", async () => {
  function* searching(): Generator<string> {
    yield "found one\n";
    for (const start = performance.now(); performance.now() - start < 20_000;) yield "";
    throw new Error("nobody said that the pager had ended");
  }
  const terminal = { write: () => assert.fail(), flush: () => {}, colours: false };
  const paged = new PagedOutput("true", terminal);
  await assert.rejects(send(searching(), paged), ReaderGone);
  await assert.rejects(paged.end(), ReaderGone);
});

Deno.test("an error starts no pager, or comes after what it showed", async () => {
  const missing = await shown([join(FLOW, "nothing")], { PAGER: TELLING });
  assert.equal(missing.status, 2);
  assert.match(missing.output, /error ERR_TRACE_MISSING/);
  assert.doesNotMatch(missing.output, /by pager/);
  const steps = Array.from({ length: 4000 }, (_, n): Happening => ({ line: 1, vars: { n } }));
  await withWrittenTrace([{ enter: "f" }, ...steps], async (path) => {
    spoilChunk(path, 2);
    const { status, output } = await shown([path, "--steps", "--json"], { PAGER: TELLING });
    assert.equal(status, 10);
    assert.match(output, /by pager FRX[^]*error ERR_TRACE_CORRUPT/);
  });
});

Deno.test("Ctrl-C is for the pager, which is waited for", async () => {
  const pager = `trap 'printf interrupted' INT; printf ready; read line < /dev/tty; printf bye`;
  const { status, output } = await shown([FLOW], { PAGER: `sh -c "${pager}"` }, {
    conversation: [["ready", "\x03"], ["interrupted", "\n"]],
  });
  assert.equal(status, 0);
  assert.match(output, /ready.*interrupted[^]*bye/);
});

Deno.test("Ctrl-C ends the search, and the pager shows what there is", async () => {
  const { status, output } = await underTerminal(
    [Deno.execPath(), "run", "-A", "--no-check", join(ROOT, "tests/cli/_searching_main.ts")],
    {
      cwd: ROOT,
      env: { PAGER: "trap '' INT; cat; printf bye" },
      conversation: [["found one", "\x03"]],
    },
  );
  assert.equal(status, 0);
  assert.match(output, /found one[^]*bye/);
});
