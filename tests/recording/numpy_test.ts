import { forEachPython, needsPythons } from "../support/pythons.ts";
import { checkNumpy } from "./_numpy.ts";

// They are large packages: other versions of them and of Python are in tests/long/numpy_test.ts.
const VERSIONS = ["3.13"];
needsPythons(VERSIONS);

Deno.test({
  name: "arrays, series and frames are shown by what they hold, without code of their subclasses",
  sanitizeOps: false,
  sanitizeResources: false,
  fn: (t) =>
    forEachPython(t, VERSIONS, (python) => checkNumpy(python, ["numpy==2.2.6", "pandas==2.3.3"])),
});
