import assert from "node:assert/strict";
import { namesFramework } from "../../src/target/mod.ts";

Deno.test("test frameworks are known by the words of a command line", () => {
  const yes = [
    ["--pytest", "tests"],
    ["--unittest"],
    ["-m", "pytest", "-q"],
    ["-mpytest"],
    ["python3", "-X", "dev", "-m", "unittest", "x"],
    ["/v/bin/python", "-m", "pytest.__main__"],
    ["pytest", "tests"],
    ["venv/bin/pytest"],
    ["python3", "venv/bin/pytest", "tests"],
  ];
  const no = [
    [],
    ["app.py", "--pytest"],
    ["-m", "flask"],
    ["-c", "pytest"],
    ["-"],
    ["python3", "pytest.py"],
    ["python3", "--nonsense"],
    ["--pytest", "--unittest"],
    ["--nonsense"],
  ];
  for (const words of yes) assert.ok(namesFramework(words), words.join(" "));
  for (const words of no) assert.ok(!namesFramework(words), words.join(" "));
});

Deno.test("test frameworks are known behind what launches them", () => {
  const yes = [
    "coverage run -m pytest tests",
    "coverage run --branch -m pytest",
    "coverage run --branch --source src,tests -m pytest",
    "coverage run --source=src -m --branch pytest",
    "coverage run -am unittest discover",
    "coverage run --module pytest",
    "coverage run -- venv/bin/pytest",
    "coverage run venv/bin/pytest tests",
    "venv/bin/coverage3 run -m pytest",
    "venv/bin/coverage-3.12 run -m pytest",
    "-m coverage run -m pytest",
    "python3 -X dev -m coverage.__main__ run -m pytest.__main__",
    "python3 venv/bin/coverage run -m pytest",
    "python -m cProfile -o out -m pytest tests",
    "python -m cProfile -oout -s cumtime -m pytest tests",
    "python -m profile --sort=time -m unittest",
    "python -m trace --count -C counts --ignore-dir=/usr --module pytest",
    "python -m trace -tm venv/bin/pytest",
    "python -m pdb -c continue -m pytest",
    "coverage run -m cProfile -m pytest",
  ];
  const no = [
    "coverage",
    "coverage run",
    "coverage run -m",
    "coverage run app.py -m pytest",
    "coverage run app.py pytest",
    "coverage run pytest.py",
    "coverage run --source pytest -m app",
    "coverage run --omit -m app pytest",
    "coverage report -m pytest",
    "coverage -m pytest",
    "coverage.py run -m pytest",
    "my-coverage run -m pytest",
    "-m coverage_tools run -m pytest",
    "python -m trace -m unittest",
    "python -m cProfile -o pytest app.py",
    "python -m cProfile -m app -m pytest",
    "python -m run -m pytest",
  ];
  for (const line of yes) assert.ok(namesFramework(line.split(" ")), line);
  for (const line of no) assert.ok(!namesFramework(line.split(" ")), line);
});
