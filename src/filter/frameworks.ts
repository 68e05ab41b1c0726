/** The filter that is added when a test framework is run. */
import type { OwnFilter } from "./chain.ts";

/**
 * pytest's modules, and those of what comes with it, as far as nobody else's are called so. All others are named by
 * the folder that they are installed in: a project may have a folder `pytest` or `packaging` of its own, and modules
 * go by their path in the project, too.
 */
const MODULES = [
  "_pytest",
  "pluggy",
  "iniconfig",
  "pytest_asyncio",
  "_hypothesis_pytestplugin",
  "exceptiongroup",
  "tomli",
  "typing_extensions",
];

/** Plugins that are not called like one, and what they are made of. */
const PLUGINS = ["xdist", "execnet", "coverage", "hypothesis"];

/** What else comes with pytest. */
const REQUIREMENTS = ["py", "packaging", "pygments"];

const INSTALLED = "file:**/{site,dist}-packages";

const SKIPPED: readonly (readonly [string, string])[] = [
  [`pkg:regex:(${MODULES.join("|")})(\\..*)?`, "pytest, and what comes with it"],
  ["file:<pytest *>", "what pytest makes of -k and -m"],
  ["file:**/pytest/{__init__,__main__}.py", "pytest's start"],
  ["file:**/{bin,Scripts}/{pytest,py.test}", "pytest's console script"],
  ["file:**/{bin,Scripts}/coverage{,3,-[0-9]*}", "coverage's console script"],
  [`${INSTALLED}/{pytest,_pytest}*{.py,/**}`, "pytest and its plugins"],
  [`${INSTALLED}/**/{pytest_plugin,_pytest_plugin,pytestplugin}.py`, "a plugin of pytest"],
  [`${INSTALLED}/{${PLUGINS.join(",")}}/**`, "a plugin of pytest"],
  [`${INSTALLED}/{${REQUIREMENTS.join(",")}}{.py,/**}`, "what comes with pytest"],
];

function skip([selector, reason]: readonly [string, string]): string {
  return `
[[scope.rules]]
selector = '${selector}'
exec = "skip"
reason = "${reason}"
`;
}

/**
 * Leaves out what pytest and its plugins are made of. unittest needs no rule: it is part of the standard library.
 *
 * pytest rewrites the assertions of tests, and keeps notes in variables whose names can't be written in Python.
 */
export const FRAMEWORKS: OwnFilter = {
  name: "test-frameworks",
  text: `[meta]
name = "test-frameworks"
version = 1
description = "Leaves out what pytest and its plugins are made of."
labels = ["builtin", "tests"]
${SKIPPED.map(skip).join("")}
[[scope.rules]]
selector = "pkg:**"
[[scope.rules.value_patterns]]
selector = "local:@py*"
action = "drop"
reason = "notes of a rewritten assertion"
[[scope.rules.value_patterns]]
selector = "global:@py*"
action = "drop"
reason = "a module that rewritten assertions use"
`,
};
