import assert from "node:assert/strict";
import { mkdirSync, openSync } from "node:fs";
import fc from "fast-check";
import {
  classifyError,
  ensureEnvironment,
  ensureInternal,
  ensureTarget,
  ensureUsage,
  EnvironmentError,
  environmentError,
  ERROR_CODES,
  type ErrorCode,
  type ErrorKind,
  errorTrailer,
  exitStatus,
  fromJSON,
  InternalError,
  internalError,
  isErrorCode,
  isRaisableCode,
  osErrorCode,
  RecorderError,
  recorderError,
  TargetError,
  targetError,
  UsageError,
  usageError,
} from "../../src/errors/mod.ts";

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];
const FACTS = { path: "/p" };
const RAISABLE = CODES.filter(isRaisableCode);

Deno.test("every code known to users is there, under its kind", () => {
  const known: Record<ErrorKind, string> = {
    Usage: "ERR_ALREADY_TRACING ERR_TRACE_DIR_CONFLICT ERR_UNSUPPORTED_FORMAT " +
      "ERR_MISSING_POSITIONAL_ARG ERR_MISSING_KEYWORD_ARG ERR_TRACER_INSTALL_CONFLICT " +
      "ERR_INVALID_POLICY_VALUE ERR_TRACE_MISSING ERR_USAGE ERR_SCRIPT_NOT_FOUND " +
      "ERR_INTERPRETER_UNSUPPORTED",
    Environment: "ERR_TRACE_DIR_CREATE_FAILED ERR_IO ERR_SCRIPT_UNREADABLE " +
      "ERR_INTERPRETER_NOT_FOUND ERR_SANDBOX_UNAVAILABLE ERR_TRACE_CORRUPT",
    Target: "ERR_TRACE_INCOMPLETE ERR_FRAME_INTROSPECTION_FAILED " +
      "ERR_GLOBALS_INTROSPECTION_FAILED ERR_CHANNEL_CORRUPT",
    Internal: "ERR_UNKNOWN",
  };
  const expected = Object.entries(known).flatMap(([kind, codes]) =>
    codes.split(" ").map((code) => `${kind} ${code}`)
  );
  const actual = CODES.map((code) => `${ERROR_CODES[code].kind} ${code}`);
  assert.deepEqual(actual.sort(), expected.sort());
});

Deno.test("exit statuses are those that scripts rely on", () => {
  assert.deepEqual(
    (["Usage", "Environment", "Target", "Internal"] as const).map(exitStatus),
    [2, 10, 20, 70],
  );
});

Deno.test("constructors give the class and kind of their code", () => {
  const made = [
    [usageError("ERR_USAGE", "m"), UsageError, "Usage"],
    [environmentError("ERR_IO", "m"), EnvironmentError, "Environment"],
    [targetError("ERR_TRACE_INCOMPLETE", "m"), TargetError, "Target"],
    [internalError("ERR_UNKNOWN", "m"), InternalError, "Internal"],
  ] as const;
  for (const [error, type, kind] of made) {
    assert.ok(error instanceof type && error instanceof RecorderError && error instanceof Error);
    assert.equal(error.kind, kind);
    assert.equal(error.name, `${kind}Error`);
    assert.deepEqual(error.context, {});
    assert.ok(Object.isFrozen(error.context));
  }
});

Deno.test("an ensure variant throws what its constructor makes, and only when it has to", () => {
  const variants = [
    [
      (ok: boolean, text: string | (() => string)) => ensureUsage(ok, "ERR_USAGE", text, FACTS),
      usageError("ERR_USAGE", "m", FACTS),
    ],
    [
      (ok: boolean, text: string | (() => string)) => ensureEnvironment(ok, "ERR_IO", text, FACTS),
      environmentError("ERR_IO", "m", FACTS),
    ],
    [
      (ok: boolean, text: string | (() => string)) =>
        ensureTarget(ok, "ERR_CHANNEL_CORRUPT", text, FACTS),
      targetError("ERR_CHANNEL_CORRUPT", "m", FACTS),
    ],
    [
      (ok: boolean, text: string | (() => string)) =>
        ensureInternal(ok, "ERR_UNKNOWN", text, FACTS),
      internalError("ERR_UNKNOWN", "m", FACTS),
    ],
  ] as const;
  for (const [ensure, expected] of variants) {
    for (const message of ["m", () => "m"]) {
      assert.throws(() => ensure(false, message), (error) => {
        assert.ok(error instanceof RecorderError);
        assert.equal(error.constructor, expected.constructor);
        assert.deepEqual({ ...error.toJSON(), stack: "" }, { ...expected.toJSON(), stack: "" });
        return true;
      });
    }
    ensure(true, () => assert.fail("a message was made that nobody needs"));
  }
});

Deno.test("after an ensure variant the compiler knows what held", () => {
  const length = (text: string | null): number => {
    ensureUsage(text !== null, "ERR_USAGE", "there is no text");
    return text.length;
  };
  assert.equal(length("four"), 4);
  assert.throws(() => length(null), UsageError);
});

Deno.test("a name from Object.prototype is no code", () => {
  assert.equal(isErrorCode("toString"), false);
  assert.equal(isErrorCode("ERR_IO"), true);
  assert.equal(isRaisableCode("toString"), false);
  assert.equal(isRaisableCode("ERR_UNSUPPORTED_FORMAT"), false);
  assert.equal(isRaisableCode("ERR_IO"), true);
});

Deno.test("JSON and back loses nothing", () => {
  const cause: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
    cause: fc.oneof(
      { depthSize: "small" },
      fc.constant(undefined),
      fc.jsonValue(),
      fc.tuple(fc.string(), tie("cause")).map(([message, inner]) => {
        const error = new Error(message, inner === undefined ? undefined : { cause: inner });
        return Object.assign(error, { code: "ENOENT" });
      }),
      tie("error"),
    ),
    error: fc.tuple(
      fc.constantFrom(...RAISABLE),
      fc.string({ unit: "binary" }),
      fc.dictionary(fc.string(), fc.anything({ withBigInt: true, withDate: true, withMap: true })),
      tie("cause"),
    ).map(([code, message, context, cause]) => recorderError(code, message, context, cause)),
  })).error;
  fc.assert(fc.property(cause, (made) => {
    const error = made as RecorderError;
    const text = JSON.stringify(error);
    const back = fromJSON(JSON.parse(text));
    assert.equal(JSON.stringify(back), text);
    assert.equal(back.constructor, error.constructor);
    assert.deepEqual(back.context, error.context);
    assert.equal(back.message, error.message);
    assert.equal(back.code, error.code);
    assert.equal(back.stack, error.stack);
    // A worker's messages are cloned, not written as text.
    assert.equal(JSON.stringify(fromJSON(structuredClone(error.toJSON()))), text);
  }));
});

Deno.test("an error of another version that raises a reserved code comes back too", () => {
  for (const code of CODES.filter((code) => ERROR_CODES[code].reserved)) {
    const json = { kind: ERROR_CODES[code].kind, code, message: "m", context: { a: [1, null] } };
    const { stack: _, ...back } = fromJSON(json).toJSON();
    assert.deepEqual(back, json);
  }
});

Deno.test("a cause comes back as what it was", () => {
  const inner = usageError("ERR_USAGE", "inner", { a: 1 });
  const native = new Deno.errors.NotFound("gone", { cause: inner });
  const back = fromJSON(environmentError("ERR_IO", "outer", {}, native).toJSON());
  assert.ok(back.cause instanceof Error);
  assert.equal(back.cause.name, "NotFound");
  assert.equal(osErrorCode(back.cause), "ENOENT");
  assert.ok(back.cause.cause instanceof UsageError);
  assert.deepEqual(back.cause.cause.context, { a: 1 });
});

Deno.test("what is no error in JSON becomes an internal error that shows it", () => {
  const notErrors = [
    null,
    7,
    "text",
    [],
    {},
    { kind: "Usage", code: "ERR_IO", message: "the kind is not that code's", context: {} },
    { kind: "Usage", code: "ERR_NEW", message: "a code of another version", context: {} },
    { kind: "Usage", code: "ERR_USAGE", message: "no context" },
  ];
  for (const json of notErrors) {
    const error = fromJSON(json);
    assert.equal(error.code, "ERR_UNKNOWN");
    assert.deepEqual(error.context["received"], json);
  }
  fc.assert(fc.property(fc.anything({ withNullPrototype: true }), (thing) => {
    assert.ok(fromJSON(thing) instanceof RecorderError);
    const cause = { type: "error", name: thing, message: thing, cause: thing, stack: thing };
    const error = fromJSON({ kind: "Usage", code: "ERR_USAGE", message: "m", context: {}, cause });
    assert.equal(error.code, "ERR_USAGE");
  }));
});

Deno.test("a context that contains itself is cut off", () => {
  const context: Record<string, unknown> = {};
  context["self"] = context;
  assert.match(JSON.stringify(usageError("ERR_USAGE", "m", context)), /too deep/);
});

Deno.test("errors of the system are ERR_IO, with the system's reason", async (t) => {
  const folder = Deno.makeTempDirSync();
  const file = `${folder}/file`;
  Deno.writeTextFileSync(file, "x");
  Deno.symlinkSync("loop", `${folder}/loop`);
  const long = `${folder}/${"x".repeat(300)}`;
  const causes: [string, () => unknown][] = [
    ["ENOENT", () => Deno.openSync(`${folder}/none`)],
    ["ENOENT", () => openSync(`${folder}/none`, "r")],
    ["ENOENT", () => new Deno.Command(`${folder}/none`).outputSync()],
    ["EEXIST", () => Deno.mkdirSync(folder)],
    ["EEXIST", () => mkdirSync(folder)],
    ["ENOTDIR", () => Deno.mkdirSync(`${file}/below`)],
    ["ENOTDIR", () => Deno.statSync(`${file}/below`)],
    ["EISDIR", () => Deno.readFileSync(folder)],
    ["ENOTEMPTY", () => Deno.removeSync(folder)],
    ["ELOOP", () => Deno.readFileSync(`${folder}/loop`)],
    ["ENAMETOOLONG", () => Deno.writeTextFileSync(long, "")],
    ["EACCES", () => new Deno.Command(file).outputSync()],
    ...(Deno.build.os === "linux"
      ? [["ENOSPC", () => Deno.writeTextFileSync("/dev/full", "x")] as [string, () => unknown]]
      : []),
  ];
  for (const [code, fail] of causes) {
    await t.step(`${code}: ${fail}`, () => {
      let thrown: unknown = null;
      try {
        fail();
      } catch (caught) {
        thrown = caught;
      }
      const error = classifyError(thrown, {
        failed: "Cannot do it",
        path: "/p",
        context: { n: 1 },
      });
      assert.equal(error.code, "ERR_IO", error.message);
      assert.deepEqual(error.context, { n: 1, path: "/p", os_error: code });
      assert.match(error.message, /^Cannot do it \(\/p\): ./);
      assert.equal(error.cause, thrown);
    });
  }
  Deno.removeSync(folder, { recursive: true });
});

Deno.test("errors of the system that a test can't cause are known by name and number", () => {
  for (const [number, code] of [[27, "EFBIG"], [28, "ENOSPC"], [30, "EROFS"], [122, "EDQUOT"]]) {
    assert.equal(osErrorCode(new Error(`Something (os error ${number})`)), code);
    assert.equal(osErrorCode(Object.assign(new Error("x"), { code })), code);
  }
  assert.equal(osErrorCode(new Deno.errors.NotCapable("x")), "NOTCAPABLE");
  // An errno without words of ours is still the system's.
  const rare = classifyError(Object.assign(new Error("x"), { code: "ESTALE" }));
  assert.equal(rare.code, "ERR_IO");
  assert.match(rare.message, /ESTALE/);
});

Deno.test("a RecorderError stays what it is, anything else is ERR_UNKNOWN", () => {
  const own = usageError("ERR_USAGE", "system said (os error 28)");
  assert.equal(classifyError(own), own);
  fc.assert(
    fc.property(fc.anything(), (thrown) => {
      const error = classifyError(thrown);
      assert.equal(error.code, "ERR_UNKNOWN");
      assert.equal(error.kind, "Internal");
    }),
    { numRuns: 1000 },
  );
  assert.match(classifyError(new TypeError("x is not a function")).message, /x is not a function/);
});

Deno.test("the trailer is one line with the promised keys", () => {
  const error = usageError("ERR_USAGE", "two\nlines\u2028", { path: "/a" });
  const line = errorTrailer(error, "run", null);
  assert.ok(!line.includes("\n"));
  assert.deepEqual(JSON.parse(line), {
    run_id: "run",
    trace_id: null,
    error_code: "ERR_USAGE",
    error_kind: "Usage",
    message: "two\nlines\u2028",
    context: { path: "/a" },
  });
});

Deno.test("raising a reserved code, or one under another kind, does not compile", () => {
  const refused = [
    // @ts-expect-error reserved
    () => usageError("ERR_UNSUPPORTED_FORMAT", "m"),
    // @ts-expect-error reserved
    () => targetError("ERR_GLOBALS_INTROSPECTION_FAILED", "m"),
    // @ts-expect-error reserved
    () => recorderError("ERR_UNSUPPORTED_FORMAT", "m"),
    // @ts-expect-error reserved
    () => ensureTarget(false, "ERR_GLOBALS_INTROSPECTION_FAILED", "m"),
    // @ts-expect-error another kind
    () => usageError("ERR_IO", "m"),
    // @ts-expect-error another kind
    () => ensureUsage(false, "ERR_IO", "m"),
  ];
  // The type checker is the test; this only keeps the functions from being unused.
  assert.equal(refused.length, 6);
});
