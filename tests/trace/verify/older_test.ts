import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { RecorderError } from "../../../src/errors/mod.ts";
import { openTrace } from "../../../src/trace/reader/open_trace.ts";
import { verifyTrace } from "../../../src/trace/verify/verify_trace.ts";
import { FORMS, type Stored } from "../reader/_legacy_records.ts";
import { inTempFolder } from "../_write_trace.ts";

const RELEASED = fileURLToPath(new URL("../reader/legacy/", import.meta.url));

const RECORDS: Stored[] = [
  { Path: "/a.py" },
  { Function: { path_id: 0, line: 1, name: "f" } },
  { VariableName: "v" },
  { Call: { function_id: 0, args: [] } },
  { Step: { path_id: 0, line: 1 } },
  { Value: { variable_id: 0, value: { kind: "Int", i: 300, type_id: 0 } } },
  { Event: { kind: 0, metadata: "", content: "text" } },
  { Return: { return_value: { kind: "None", type_id: 0 } } },
];

/** What verify finds, without messages; or the code of its error. */
function found(path: string): { worst: string | null; codes: string[]; files: string[] } | string {
  try {
    const { worst, findings } = verifyTrace(path);
    const codes = findings.map(({ code }) => code);
    return { worst, codes, files: findings.map(({ where }) => where.file) };
  } catch (error) {
    assert.ok(error instanceof RecorderError, String(error));
    return error.code;
  }
}

Deno.test("a good trace of an older format is sound, with a note and its counts", async () => {
  for (const [name, file] of [["json", "trace.json"], ["binary", "trace.bin"]] as const) {
    assert.deepEqual(found(RELEASED + name), {
      worst: "note",
      codes: ["older-format"],
      files: [file],
    });
    using trace = openTrace(RELEASED + name);
    assert.deepEqual(verifyTrace(RELEASED + name).counts, {
      ...trace.counts,
      blocks: 0,
      unusedBlocks: 0,
    });
  }
  for (const [form, write] of Object.entries(FORMS)) {
    await inTempFolder((folder) => {
      const path = write(RECORDS, folder);
      const { worst, findings, counts } = verifyTrace(path);
      assert.deepEqual(findings.map(({ code }) => code), ["older-format"], form);
      assert.equal(worst, "note");
      assert.equal(counts.stepRecords, 1);
      assert.equal(counts.blocks > 0, form.startsWith("events.log"));
    });
  }
});

Deno.test("of damaged ones, what can't be read is an error, with the reader's words", async () => {
  await inTempFolder((folder) => {
    const path = `${folder}/trace.json`;
    Deno.writeTextFileSync(path, `[{"Path":"/a.py"},{"Step":{"path_id":7,"line":1}}]`);
    let said = "";
    try {
      openTrace(path).close();
    } catch (error) {
      said = (error as Error).message;
    }
    const { worst, findings } = verifyTrace(path);
    assert.equal(worst, "error");
    assert.deepEqual(findings, [{
      severity: "error",
      code: "older-damaged",
      where: { file: "trace.json" },
      message: said,
    }]);
  });
});

Deno.test("whatever is damaged, verify knows whether the reader reads it", async () => {
  await inTempFolder((folder) => {
    const forms = Object.entries(FORMS).map(([form, write], number) => {
      const made = `${folder}/${number}`;
      Deno.mkdirSync(made);
      const path = write(RECORDS, made);
      const name = form.startsWith("trace") ? form.split(" ")[0]! : "t.ct";
      const file = `${made}/${name}`;
      return { path, file, whole: Deno.readFileSync(file) };
    });
    let damaged = 0;
    fc.assert(
      fc.property(
        fc.nat(forms.length - 1),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (form, at, change, isCut) => {
          const { path, file, whole } = forms[form]!;
          const bytes = whole.slice(0, isCut ? at % whole.length : whole.length);
          if (!isCut) bytes[at % whole.length]! ^= change;
          Deno.writeFileSync(file, bytes);
          let isRead = true;
          try {
            openTrace(path).close();
          } catch {
            // Which damage it is, is told elsewhere.
            isRead = false;
            damaged++;
          }
          const answer = found(path);
          // What is wrong with the container around the records may be more than the reader needs.
          const isFoundRead = typeof answer !== "string" && answer.codes.includes("older-format");
          assert.equal(isFoundRead, isRead, JSON.stringify(answer));
          const isBad = typeof answer === "string" || answer.worst === "error" ||
            answer.worst === "fatal";
          if (!isRead) assert.ok(isBad, JSON.stringify(answer));
        },
      ),
      { numRuns: 60 },
    );
    assert.ok(damaged > 15, "damage was met");
  });
});
