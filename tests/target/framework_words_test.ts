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
