import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import {
  configureSync,
  getConfig,
  getLogLevels,
  type LogRecord,
  resetSync,
} from "../../src/packages/logtape.ts";
import fc from "fast-check";
import { environmentError, internalError, RecorderError } from "../../src/errors/mod.ts";
import { LOG_LEVELS, openLog, type StderrStream } from "../../src/logging/mod.ts";

const LOGGER = fileURLToPath(new URL("./_logger_main.ts", import.meta.url));
const RUN = "0197c0de-0000-7000-8000-000000000001";

class FakeStderr implements StderrStream {
  text = "";
  constructor(readonly terminal: boolean) {}
  isTerminal(): boolean {
    return this.terminal;
  }
  writeSync(bytes: Uint8Array): number {
    this.text += new TextDecoder().decode(bytes);
    return bytes.length;
  }
  get records(): Record<string, unknown>[] {
    return parse(this.text);
  }
}

function parse(text: string): Record<string, unknown>[] {
  if (text === "") return [];
  assert.ok(text.endsWith("\n"), "the last line has no end");
  return text.slice(0, -1).split("\n").map((line) => JSON.parse(line));
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "ct-log-" });
  try {
    await body(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function runLogger(...args: string[]): Promise<Deno.CommandOutput> {
  return new Deno.Command(Deno.execPath(), { args: ["run", "-A", "--no-check", LOGGER, ...args] })
    .output();
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("the levels are LogTape's, in its order, and off", () => {
  assert.deepEqual(LOG_LEVELS, [...getLogLevels(), "off"]);
});

Deno.test("a record names time, level, logger, run, trace and event, and has the facts", async () => {
  const stderr = new FakeStderr(false);
  const log = openLog({ level: "info", file: null, runId: RUN, stderr });
  const before = Date.now();
  log.info("preflight.passed");
  log.setTraceId("trace-1");
  const facts = { code: 3, label: null, size: 2n, nested: { list: [1, "two"] } };
  log.warning("program.ended", facts);
  facts.nested.list.push("later");
  await log.close();
  const after = Date.now();
  const times = stderr.records.map(({ timestamp }) => timestamp);
  for (const time of times) {
    assert.equal(typeof time, "string");
    assert.match(time as string, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(Date.parse(time as string) >= before && Date.parse(time as string) <= after);
  }
  assert.deepEqual(stderr.records, [
    {
      timestamp: times[0],
      level: "info",
      logger: "ct-recorder",
      run_id: RUN,
      trace_id: null,
      event: "preflight.passed",
      context: {},
    },
    {
      timestamp: times[1],
      level: "warning",
      logger: "ct-recorder",
      run_id: RUN,
      trace_id: "trace-1",
      event: "program.ended",
      context: { code: 3, label: null, size: "2", nested: { list: [1, "two"] } },
    },
  ]);
  assert.equal(log.lost, 0);
});

Deno.test("each level keeps itself and what is worse", async () => {
  for (const [index, level] of LOG_LEVELS.entries()) {
    const stderr = new FakeStderr(false);
    const log = openLog({ level, file: null, runId: RUN, stderr });
    log.debug("event");
    log.info("event");
    log.warning("event");
    log.error("event");
    await log.close();
    const methods = ["debug", "info", "warning", "error"];
    assert.deepEqual(
      stderr.records.map((record) => record.level),
      methods.filter((method) => LOG_LEVELS.findIndex((name) => name === method) >= index),
      level,
    );
  }
});

Deno.test("an error has its code, kind, message and context; stack and cause only at debug", async () => {
  const error = environmentError("ERR_IO", "No luck", { path: "/x" }, new RangeError("why"));
  const recorded = async (level: "debug" | "info") => {
    const stderr = new FakeStderr(false);
    const log = openLog({ level, file: null, runId: RUN, stderr });
    log.failure(error);
    log.failure(error, "warning");
    await log.close();
    return stderr.records;
  };
  const [first, second] = await recorded("info");
  assert.deepEqual(Object.keys(first!), [
    ...["timestamp", "level", "logger", "run_id", "trace_id", "event", "message"],
    ...["error_code", "error_kind", "context"],
  ]);
  const { level, event, message, error_code, error_kind, context } = first!;
  assert.deepEqual({ level, event, message, error_code, error_kind, context }, {
    level: "error",
    event: "failure",
    message: "No luck",
    error_code: "ERR_IO",
    error_kind: "Environment",
    context: { path: "/x" },
  });
  assert.equal(second!.level, "warning");
  const [detailed] = await recorded("debug");
  assert.equal(detailed!.stack, error.stack);
  assert.deepEqual(detailed!.cause, JSON.parse(JSON.stringify(error.toJSON().cause)));
});

Deno.test("what a person was told is left out of stderr, not out of a file", async () => {
  await inFolder(async (folder) => {
    const stderr = new FakeStderr(false);
    for (const file of [null, `${folder}/log`]) {
      const log = openLog({ level: "warning", file, runId: RUN, stderr });
      log.warning("told", {}, { told: true });
      log.failure(internalError("ERR_UNKNOWN", "told"), "error", { told: true });
      log.warning("untold");
      await log.close();
    }
    assert.deepEqual(stderr.records.map(({ event }) => event), ["untold"]);
    const inFile = parse(await Deno.readTextFile(`${folder}/log`));
    assert.deepEqual(inFile.map(({ event }) => event), ["told", "failure", "untold"]);
  });
});

Deno.test("on a terminal records are text", async () => {
  const stderr = new FakeStderr(true);
  const log = openLog({ level: "info", file: null, runId: "run-1", stderr });
  log.setTraceId("trace-1");
  log.info("program.ended", { code: 3, label: "two words" });
  log.failure(environmentError("ERR_IO", "No luck", { path: "/x" }));
  await log.close();
  const [ended, failed, ...rest] = stderr.text.split("\n").map((line) => line.split(" "));
  assert.match(ended![0]!, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.equal(
    ended!.slice(1).join(" "),
    '[INF] ct-recorder: program.ended code=3 label="two words" run_id="run-1" trace_id="trace-1"',
  );
  assert.equal(
    failed!.slice(1).join(" "),
    '[ERR] ct-recorder: failure ERR_IO: No luck path="/x" run_id="run-1" trace_id="trace-1"',
  );
  assert.deepEqual(rest, [[""]]);
});

Deno.test("on a terminal a stack stands below its record, and no text moves the cursor", async () => {
  const stderr = new FakeStderr(true);
  const log = openLog({ level: "debug", file: null, runId: RUN, stderr });
  const error = internalError("ERR_UNKNOWN", "one\n\x1b[2Jtwo", { path: "\x9b2J\u2028" });
  log.failure(error);
  await log.close();
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(stderr.text, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028]/);
  const lines = stderr.text.split("\n");
  assert.match(lines[0]!, /ERR_UNKNOWN: one\\n\\u001b\[2Jtwo path="\\u009b2J\\u2028"/);
  assert.equal(lines.length, 1 + error.stack!.split("\n").length + 1);
  assert.ok(lines.slice(1, -1).every((line) => line.startsWith("  ")));
});

Deno.test("whatever the facts are, each record is one line and says them", async () => {
  const facts = fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue());
  await fc.assert(fc.asyncProperty(fc.array(facts, { maxLength: 5 }), async (all) => {
    const [pipe, terminal] = [new FakeStderr(false), new FakeStderr(true)];
    for (const stderr of [pipe, terminal]) {
      const log = openLog({ level: "debug", file: null, runId: RUN, stderr });
      for (const facts of all) log.debug("event", facts);
      await log.close();
      assert.equal(log.lost, 0);
    }
    // -0 is the one value that JSON.stringify doesn't keep.
    const expected = all.map((facts) => JSON.parse(JSON.stringify(facts)));
    assert.deepEqual(pipe.records.map(({ context }) => context), expected);
    assert.equal(terminal.text.split("\n").length, all.length + 1);
  }));
});

Deno.test("facts that can't be read are a lost record, no failure", async () => {
  const stderr = new FakeStderr(false);
  const log = openLog({ level: "info", file: null, runId: RUN, stderr });
  const hostile = Object.defineProperty({}, "fact", {
    enumerable: true,
    get: () => assert.fail("not to be read"),
  });
  log.info("hostile", hostile);
  log.info("harmless");
  await log.close();
  assert.deepEqual(stderr.records.map(({ event }) => event), ["harmless"]);
  assert.equal(log.lost, 1);
});

Deno.test("a log file is created for its owner only, and appended to", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/log`;
    for (const runId of ["first", "second"]) {
      const log = openLog({ level: "info", file, runId });
      log.info("event");
      await log.close();
    }
    assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
    const records = parse(await Deno.readTextFile(file));
    assert.deepEqual(records.map(({ run_id }) => run_id), ["first", "second"]);
  });
});

Deno.test("a log file that can't be opened is ERR_IO with its path and where it was named", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "");
    for (const file of [`${folder}/none/log`, folder, `${folder}/file/log`]) {
      const open = () => openLog({ level: "error", file, runId: RUN });
      assert.throws(open, (error) => {
        assert.ok(error instanceof RecorderError);
        assert.equal(error.code, "ERR_IO");
        assert.equal(error.context.path, file);
        assert.match(error.message, /^Cannot open the log file of the setting log_file \(/);
        assert.doesNotMatch(error.message, /--log-file|CODETRACER_LOG_FILE/);
        assert.ok(error.message.includes(file));
        return true;
      });
      // Nothing would be written.
      await openLog({ level: "off", file, runId: RUN }).close();
    }
  });
});

Deno.test("a full disk costs records and nothing else", async () => {
  const log = openLog({ level: "info", file: "/dev/full", runId: RUN });
  log.info("first");
  log.failure(internalError("ERR_UNKNOWN", "second"));
  await log.close();
  assert.equal(log.lost, 2);
});

Deno.test("a line that a full disk cut is not glued to the next", async () => {
  const room = [40, 0, Infinity, Infinity];
  let written = "";
  const openSync = Deno.openSync;
  // Stands for a disk that is full for a while: the second write finds no room at all.
  Deno.openSync = () =>
    ({
      writeSync(bytes: Uint8Array) {
        const part = bytes.subarray(0, room.shift());
        written += text(part);
        return part.length;
      },
      close() {},
    }) as Deno.FsFile;
  let log;
  try {
    log = openLog({ level: "info", file: "log", runId: RUN });
  } finally {
    Deno.openSync = openSync;
  }
  for (const event of ["cut", "gone", "third", "fourth"]) log.info(event);
  await log.close();
  assert.equal(log.lost, 2);
  const [stump, ...lines] = written.split("\n");
  assert.equal(stump!.length, 40);
  assert.deepEqual(parse(lines.join("\n")).map(({ event }) => event), ["third", "fourth"]);
});

Deno.test("a stderr that nobody reads is no failure", async () => {
  const stderr = {
    isTerminal: () => false,
    writeSync(): number {
      throw new Deno.errors.BrokenPipe("gone");
    },
  };
  const log = openLog({ level: "info", file: null, runId: RUN, stderr });
  log.info("event");
  await log.close();
  assert.equal(log.lost, 1);
});

Deno.test("closing twice is closing once, and later records are counted as lost", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/log`;
    const log = openLog({ level: "info", file, runId: RUN });
    log.info("event");
    await Promise.all([log.close(), log.close()]);
    log.info("too late");
    log.debug("below the level");
    await log.close();
    assert.equal(parse(await Deno.readTextFile(file)).length, 1);
    assert.equal(log.lost, 1);
  });
});

Deno.test("several sessions at once: each record is in its own log, in order", async () => {
  await inFolder(async (folder) => {
    const names = ["a", "b", "c"];
    const logs = names.map((name) =>
      openLog({ level: "info", file: `${folder}/${name}`, runId: name })
    );
    for (let index = 0; index < 50; index++) {
      for (const log of logs) log.info("event", { index });
      // The first records come before LogTape is loaded, the later ones after.
      if (index === 25) await new Promise((resolve) => setTimeout(resolve, 0));
      if (index === 40) await logs[0]!.close();
    }
    await Promise.all(logs.map((log) => log.close()));
    for (const [place, name] of names.entries()) {
      const records = parse(await Deno.readTextFile(`${folder}/${name}`));
      assert.deepEqual(
        records.map(({ run_id, context }) => [run_id, context]),
        Array.from({ length: place === 0 ? 41 : 50 }, (_, index) => [name, { index }]),
      );
    }
    assert.deepEqual(logs.map(({ lost }) => lost), [9, 0, 0]);
  });
});

Deno.test("an embedding program's LogTape gets the records instead of stderr, and stays as it was", async () => {
  await inFolder(async (folder) => {
    const taken: LogRecord[] = [];
    configureSync({
      sinks: { own: (record) => void taken.push(record) },
      loggers: [
        { category: ["ct-recorder"], sinks: ["own"], lowestLevel: "warning" },
        { category: ["logtape"], lowestLevel: "fatal" },
      ],
    });
    const config = getConfig();
    const stderr = new FakeStderr(false);
    const file = `${folder}/log`;
    const toStderr = openLog({ level: "info", file: null, runId: "a", stderr });
    const toFile = openLog({ level: "info", file, runId: "b" });
    try {
      for (const log of [toStderr, toFile]) {
        log.info("not taken");
        log.warning("taken", { fact: 1 });
      }
      await toFile.close();
      assert.equal(getConfig(), config);
    } finally {
      // It may be done with LogTape before the session is done.
      resetSync();
    }
    toStderr.warning("after the reset");
    await toStderr.close();
    assert.deepEqual(
      taken.map(({ category, level, rawMessage, properties }) => [
        ...category,
        level,
        rawMessage,
        properties.run_id,
        properties.context,
      ]),
      ["a", "b"].map((id) => ["ct-recorder", "warning", "taken", id, { fact: 1 }]),
    );
    const events = (records: Record<string, unknown>[]) => records.map(({ event }) => event);
    assert.deepEqual(events(stderr.records), ["not taken", "after the reset"]);
    assert.deepEqual(events(parse(await Deno.readTextFile(file))), ["not taken", "taken"]);
  });
});

Deno.test("an embedding program's filter that throws is no failure", async () => {
  configureSync({
    sinks: { own() {} },
    filters: { broken: () => assert.fail("broken") },
    loggers: [
      { category: ["ct-recorder"], sinks: ["own"], filters: ["broken"] },
      { category: ["logtape"], lowestLevel: "fatal" },
    ],
  });
  try {
    const log = openLog({ level: "info", file: "/dev/null", runId: RUN });
    log.info("event");
    await log.close();
    assert.equal(log.lost, 1);
  } finally {
    resetSync();
  }
});

Deno.test("LogTape is loaded for the first record that is kept, and stdout is left alone", async () => {
  const quiet = await runLogger("", RUN, "0");
  assert.equal(text(quiet.stdout), "false\n");
  assert.equal(text(quiet.stderr), "");
  const talking = await runLogger("", RUN, "3");
  assert.equal(text(talking.stdout), "true\n");
  const records = parse(text(talking.stderr));
  assert.deepEqual(records.map(({ context }) => context), [
    { index: 0, payload: "" },
    { index: 1, payload: "" },
    { index: 2, payload: "" },
  ]);
});

Deno.test("processes that share a log file don't break each other's lines", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/log`;
    const names = ["a", "b", "c"];
    // More than a page of memory each: a line must not depend on being small.
    const outputs = await Promise.all(names.map((name) => runLogger(file, name, "100", "9000")));
    assert.deepEqual(outputs.map(({ code }) => code), [0, 0, 0]);
    const records = parse(await Deno.readTextFile(file));
    for (const name of names) {
      const own = records.filter(({ run_id, event }) => run_id === name && event === "record");
      assert.deepEqual(
        own.map(({ context }) => (context as { index: number }).index),
        Array.from({ length: 100 }, (_, index) => index),
      );
    }
  });
});
