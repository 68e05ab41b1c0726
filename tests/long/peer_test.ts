/**
 * The same programs by this recorder and by the released recorder of CodeTracer's: the same calls, steps and values
 * wherever both record them, and no difference that design-docs/peer-differences.md doesn't list.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { checkAgainstPeer } from "../support/check_against_peer.ts";
import { DIFFERENCES } from "../support/peer_differences.ts";
import { programsIn } from "../support/programs.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";
import { PROGRAMS, ROOT } from "../support/recorder.ts";

const VERSIONS = ["3.12", "3.13"];
needsPythons(VERSIONS);

/** Programs of which nothing can be compared, and why; on one version alone, where that is named. */
const EXCLUDED: Readonly<Record<string, string>> = {
  "chat_server.py": "threads and event loops don't run the same way twice",
  "wordcount.py": "threads don't run the same way twice",
  "small/atexit_order.py": "a thread",
  "small/daemon_thread.py": "a thread",
  "small/raises.py": "a thread",
  "small/thread_at_exit.py": "a thread",
  "small/threads.py": "threads",
  "small/deep_recursion.py": "how deep a program can go depends on who looks",
  "small/garbage.py": "when garbage is collected depends on who allocates",
  "small/last_of_all.py": "when objects go depends on who has looked at them",
  "small/main_names.py": "it shows its module's names, which are its starter's",
  "numeric.py 3.12":
    "calls of the peer's that only close a generator stand where ours have turns of a comprehension",
  "small/hot_calls.py": "the peer needs more than five minutes",
  "small/large_containers.py": "the peer leaves no trace",
  "small/syntax_error.py": "no line of it runs",
  "small/killed_by_signal.py": "the peer leaves no trace of a killed process",
  "small/os_exit.py": "the peer leaves no trace",
  "small/values.py": "the peer crashes",
  "small/locals_shared_py312.py": "the peer crashes",
  "small/type_parameters_py312.py": "the peer crashes",
};

const minicalc = {
  name: "minicalc_app",
  path: join(PROGRAMS, "minicalc_app"),
  args: ["primes", "functions", "nonsense"],
  stdin: undefined,
  minimum: 8,
  status: 0,
  noOracle: undefined,
};
// The peer runs a folder's program by its file alone.
const programs = [
  { ...minicalc, path: join(minicalc.path, "__main__.py") },
  ...programsIn("."),
  ...programsIn("small"),
].filter(({ name }) => EXCLUDED[name] === undefined);

for (const program of programs) {
  Deno.test({
    name: `as the released recorder sees it: ${program.name}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) =>
      forEachPython(
        t,
        VERSIONS.filter((version) =>
          Number(version.slice(2)) >= program.minimum &&
          EXCLUDED[`${program.name} ${version}`] === undefined
        ),
        async (python) => void await checkAgainstPeer(python, program),
      ),
  });
}

Deno.test("each difference that is known is explained, and no other", async () => {
  const page = await Deno.readTextFile(join(ROOT, "design-docs/peer-differences.md"));
  const rows = [...page.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(([, name]) => name);
  assert.deepEqual(rows.toSorted(), [...DIFFERENCES].toSorted());
});
