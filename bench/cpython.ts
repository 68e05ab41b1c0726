/**
 * Modules of CPython's own tests without and with the recorder: whether the verdicts are the same, and how long it takes.
 *
 *     deno run -A bench/cpython.ts [VERSION,…]
 *
 * Writes bench/results/cpython-tests.md; exits with 1 where something is not the same.
 */
import { compareAll, MODULES, problemsOf } from "../tests/support/cpython_modules.ts";
import { PUSH_VERSIONS } from "../tests/support/pythons.ts";
import { benchPython, machine, markdownTable, saveReport } from "./_recorder.ts";

async function main(): Promise<void> {
  const versions = Deno.args[0]?.split(",") ?? PUSH_VERSIONS;
  const rows = await compareAll(versions, MODULES, {
    tell: (row) => console.error(row.version, row.module, row.differences.join("\n")),
  });
  const problems = problemsOf(rows);
  const table = markdownTable(
    ["module", "Python", "tests", "steps", "alone, s", "recorded, s", "trace", "differences"],
    rows.map((row) => [
      row.module,
      row.version,
      String(row.tests),
      row.steps.toLocaleString("en-US"),
      row.alone.toFixed(1),
      row.recorded.toFixed(1),
      row.partial ?? "whole",
      String(row.differences.length),
    ]),
  );
  const report = `# CPython's own tests

Modules of the \`test\` package, run by \`unittest\` without and with the recorder, which records them and what else
is in that package, without the native accelerator. The same tests pass, fail and are skipped, the exit status is the
same, and ct-accept accepts each trace. Tests that can't pass under a recorder are listed with the reason in
\`tests/support/cpython_modules.ts\`, and count as the same where they fail. Made by \`deno run -A bench/cpython.ts\`,
one module per core at a time: the seconds are of a busy machine.

${await machine(await benchPython())}

${
    new Set(rows.map(({ module }) => module)).size
  } modules, ${rows.length} runs; differences: ${problems.length}

${table}
`;
  await saveReport("cpython-tests.md", report);
  if (problems.length > 0) Deno.exit(1);
}

if (import.meta.main) await main();
