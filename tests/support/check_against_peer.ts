/** Records a program twice, by this recorder and by the released one, and fails on what no rule knows. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import { recordWithPeer } from "./peer.ts";
import { compareWithPeer, type Difference } from "./peer_differences.ts";
import type { Program } from "./programs.ts";
import { emptyEnvironment, type Python } from "./pythons.ts";
import { record, withFolder } from "./recorder.ts";
import { SILENT } from "./same.ts";

/** Small programs are looked at whole; the big ones hold objects that hold everything else. */
const ALL_OF_IT = ["--value-max-depth", "20", "--value-max-items", "1000"];
const LITTLE = ["--value-max-depth", "2", "--value-max-items", "20"];

/** Programs that print something else under the peer, and why: it is the peer that is seen. */
const SEEN_BY_THE_PROGRAM: Readonly<Record<string, string>> = {
  "minicalc_app": "`__package__` is an empty text under the peer, not None",
  "small/main_names.py": "the peer runs the script as no `__main__` module of its own",
  "small/subclass_print.py": "the peer puts objects of its own in the place of the streams",
  "small/tricky_objects.py":
    "the peer runs the program's `__repr__` and the like to look at values",
};

/** Compares both recordings of a program. @returns The known differences that were met. */
export async function checkAgainstPeer(
  python: Python,
  program: Program,
): Promise<ReadonlyMap<Difference, number>> {
  const interpreter = await emptyEnvironment(python);
  return await withFolder(async (folder) => {
    const options = {
      cwd: folder,
      longest: 300,
      // The peer doesn't put the script's folder on the path.
      env: { PYTHONPATH: dirname(program.path) },
      ...(program.stdin === undefined ? {} : { stdin: program.stdin }),
    };
    const words = [program.path, ...program.args];
    const peer = await recordWithPeer(python, interpreter, folder, words, options);
    const bounds = program.name.startsWith("small/") ? ALL_OF_IT : LITTLE;
    const ours = await record(folder, [...SILENT, ...bounds, interpreter, ...words], options);
    assert.ok(ours.trace !== null, ours.stderr);
    assert.equal(peer.stdout === ours.stdout, SEEN_BY_THE_PROGRAM[program.name] === undefined);
    const { unlisted, known, same } = compareWithPeer(ours.trace, peer.trace);
    assert.deepEqual(unlisted, [], `differences that design-docs/peer-differences.md doesn't list`);
    // What is the same says that both were read rightly.
    assert.ok(same.steps > 0, "no step was compared");
    return known;
  });
}
