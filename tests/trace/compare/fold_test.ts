import assert from "node:assert/strict";
import {
  withoutAddresses,
  withoutDurations,
  withoutFolder,
} from "../../../src/trace/compare/fold.ts";

Deno.test("addresses are those in an object's repr, and no other number", () => {
  const folded = [
    "<__main__.C object at 0x7f00aabbccdd>",
    "<function f.<locals>.<lambda> at 0x7f00aabbccdd>",
    "<bound method C.f of <__main__.C object at 0x7f00aabbccdd>>",
    "<weakref at 0x7f00aabbccdd; to 'C' at 0x7f11aabbccdd>",
    '<code object f at 0x7f00aabbccdd, file "app.py", line 3>',
    "<Future at 0x7f00aabbccdd state=pending>",
    "bad <C at 0x0000020AABBCCDDE> and <C at 0x7f00aabbccdd>\n",
  ];
  for (const text of folded) {
    const expected = text.replace(/0x[0-9a-fA-F]+/g, "0x…");
    assert.equal(withoutAddresses(text), expected);
    assert.equal(withoutAddresses(`'${text}', 0xe8b7be43`), `'${expected}', 0xe8b7be43`);
  }
  const started =
    "<Thread(Thread-1 (work), started 140234567890)> <MyThread(x, stopped daemon 14023)>";
  assert.equal(withoutAddresses(started), started.replace(/1402\d+/g, "…"));
  const kept = [
    "server(main, started 140234567890)",
    "0xe8b7be43",
    "crc=0x71beeff9, at 0x71beeff9",
    "<0x71beeff9>",
    "loaded at 0x71beeff9",
    "a < b\nat 0x71beeff9>",
    "<C at 0x1>",
    `<${"far".repeat(100)} at 0x71beeff9>`,
    "0x7f00aabbccddeeff00112233… <400 bits>",
  ];
  for (const text of kept) assert.equal(withoutAddresses(text), text);
});

Deno.test("a folder is the whole of a path, or its beginning", () => {
  const fold = withoutFolder("/a/b+.c");
  const cases: [text: string, expected: string][] = [
    ["/a/b+.c", "."],
    ["/a/b+.c/x.py", "./x.py"],
    ["in /a/b+.c.", "in .."],
    ["PATH=/a/b+.c:/bin, '/a/b+.c'", "PATH=.:/bin, '.'"],
    ["file:///a/b+.c/x", "file://./x"],
    ["/a/b+.c2/x /a/b+.c-old /a/b+.cé /a/b+.c.bak", "/a/b+.c2/x /a/b+.c-old /a/b+.cé /a/b+.c.bak"],
    ["/mnt/a/b+.c/x", "/mnt/a/b+.c/x"],
    ["/a/bbxc", "/a/bbxc"],
  ];
  for (const [text, expected] of cases) assert.equal(fold(text), expected);
  assert.equal(withoutFolder("/")("/a"), "/a");
  assert.equal(withoutFolder("/a/")("/a/b"), "./b");
});

Deno.test("how long tests took, and where pytest put its files, differs in each run", () => {
  const pairs = [
    ["===== 1 passed in 9.99s =====\n", "==== 1 passed in 65.43s (0:01:05) ====\n"],
    ["Ran 3 tests in 0.001s\n", "Ran 3 tests in 1.204s\n"],
    ["/tmp/pytest-of-me/pytest-9/test_a0/x", "/tmp/pytest-of-me/pytest-10/test_a0/x"],
  ] as const;
  for (const [one, other] of pairs) assert.equal(withoutDurations(one), withoutDurations(other));
  for (const text of ["== 1 passed, took 1.5s ==", "====", "pytest-8x", "in 12s", "within 1.5 s"]) {
    assert.equal(withoutDurations(text), text);
  }
});
