/** What the filter for test frameworks leaves out, and what of a project's own it must not. */
import assert from "node:assert/strict";
import {
  builtinDefault,
  decide,
  decideValue,
  FRAMEWORKS,
  makeChain,
  ownSource,
  subjectOf,
} from "../../src/filter/mod.ts";

const places = {
  projects: ["/w"],
  libraries: ["/usr/lib/python3.12"],
  workingFolder: "/w",
};
const chain = await makeChain([builtinDefault(), ownSource(FRAMEWORKS)]);

function decisionOn(filename: string, module: string | null) {
  return decide(chain, subjectOf({ filename, module, qualifiedName: "f" }, places));
}

const INSTALLED = ["/w/.venv/lib/python3.12/site-packages", "/usr/lib/python3/dist-packages"];

Deno.test("pytest, its plugins and what comes with it are left out", () => {
  const installed: [string, string][] = [
    ["_pytest/runner.py", "_pytest.runner"],
    ["pytest/__main__.py", "__main__"],
    ["pluggy/_hooks.py", "pluggy._hooks"],
    ["iniconfig/__init__.py", "iniconfig"],
    ["py.py", "py"],
    ["py/_path/local.py", "py._path.local"],
    ["packaging/version.py", "packaging.version"],
    ["pygments/lexers/_mapping.py", "pygments.lexers._mapping"],
    ["exceptiongroup/_catch.py", "exceptiongroup._catch"],
    ["pytest_asyncio/plugin.py", "pytest_asyncio.plugin"],
    ["pytest_timeout.py", "pytest_timeout"],
    ["pytestqt/plugin.py", "pytestqt.plugin"],
    ["anyio/pytest_plugin.py", "anyio.pytest_plugin"],
    ["xdist/plugin.py", "xdist.plugin"],
    ["_hypothesis_pytestplugin.py", "_hypothesis_pytestplugin"],
    ["hypothesis/core.py", "hypothesis.core"],
    ["coverage/__main__.py", "__main__"],
    ["coverage/control.py", "coverage.control"],
  ];
  for (const folder of INSTALLED) {
    for (const [path, module] of installed) {
      assert.equal(decisionOn(`${folder}/${path}`, module).exec, "skip", `${folder}/${path}`);
    }
  }
  const elsewhere: [string, string][] = [
    ["/lib/target/_pytest/runner.py", "_pytest.runner"],
    ["/lib/target/pluggy/_hooks.py", "pluggy._hooks"],
    ["/lib/target/pytest/__init__.py", "pytest"],
    ["/w/.venv/bin/pytest", "__main__"],
    ["/usr/bin/py.test", "__main__"],
    ["/w/.venv/bin/coverage", "__main__"],
    ["/w/.venv/bin/coverage3", "__main__"],
    ["/w/.venv/bin/coverage-3.12", "__main__"],
    ["<pytest match expression>", "_pytest.mark.expression"],
    ["/usr/lib/python3.12/unittest/case.py", "unittest.case"],
  ];
  for (const [path, module] of elsewhere) {
    assert.equal(decisionOn(path, module).exec, "skip", path);
  }
});

Deno.test("a project's own code, and packages that it uses, are recorded", () => {
  const recorded: [string, string][] = [
    ["/w/tests/test_app.py", "tests.test_app"],
    ["/w/conftest.py", "conftest"],
    ["/w/pytest/test_app.py", "test_app"],
    ["/w/py/tool.py", "py.tool"],
    ["/w/packaging/build.py", "packaging.build"],
    ["/w/pygments/lexer.py", "pygments.lexer"],
    ["/w/coverage/report.py", "coverage.report"],
    ["/w/pytest_helpers.py", "pytest_helpers"],
    ["/w/pytest_plugins/db.py", "pytest_plugins.db"],
    ["/w/unittest/test_app.py", "test_app"],
    ["/w/bin/pytest.py", "__main__"],
    ["/w/bin/pytest-all", "__main__"],
    ["/w/bin/coverage.py", "__main__"],
    ["/w/bin/coverage-all", "__main__"],
    [`${INSTALLED[0]}/anyio/_core/_eventloop.py`, "anyio._core._eventloop"],
    [`${INSTALLED[0]}/requests/api.py`, "requests.api"],
    [`${INSTALLED[0]}/python_pytest_thing/a.py`, "python_pytest_thing.a"],
  ];
  for (const [path, module] of recorded) {
    assert.equal(decisionOn(path, module).exec, "trace", path);
  }
});

Deno.test("notes of rewritten assertions are dropped, and no other variable", () => {
  const test = decisionOn("/w/tests/test_app.py", "tests.test_app");
  const action = (name: string, ...kinds: ("local" | "global")[]) =>
    decideValue(test, kinds, [name]).action;
  for (const name of ["@py_assert0", "@py_format11", "@py_assert_msg"]) {
    assert.equal(action(name, "local"), "drop");
  }
  for (const name of ["@py_builtins", "@pytest_ar"]) {
    assert.equal(action(name, "local", "global"), "drop");
    assert.equal(action(name, "global"), "drop");
  }
  for (const name of ["py_assert0", "pytest", "py"]) {
    assert.equal(action(name, "local", "global"), "allow");
  }
  assert.equal(action("password", "local"), "redact");
});
