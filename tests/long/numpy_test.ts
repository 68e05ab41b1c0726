/** Values of numpy and pandas in versions of both that hold them in other ways. */
import { checkNumpy } from "../recording/_numpy.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";

const SETS: readonly (readonly [string, readonly string[]])[] = [
  ["3.8", ["numpy==1.24.4", "pandas==2.0.3"]],
  ["3.11", ["numpy==1.26.4", "pandas==2.1.4"]],
  ["3.12", ["numpy==2.2.6", "pandas==2.3.3"]],
  ["3.13", ["numpy==2.4.6", "pandas==3.0.0"]],
];
needsPythons(SETS.map(([version]) => version));

for (const [version, requirements] of SETS) {
  Deno.test({
    name: `arrays, series and frames: ${requirements.join(", ")}`,
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (t) => forEachPython(t, [version], (python) => checkNumpy(python, requirements)),
  });
}
