/** The lint rules for errors: what each one finds, and what it leaves alone. */
import assert from "node:assert/strict";
import audit, { CONTROL_FLOW, MAKERS } from "../../tools/audit.ts";

const ROOT = new URL("../../", import.meta.url);

/** The rules that find something, with the text that each one points at. */
function findings(source: string, file: string): string[] {
  return Deno.lint.runPlugin(audit, file, source)
    .map(({ id, range }) => `${id.slice("recorder/".length)}: ${source.slice(...range)}`);
}

interface Case {
  readonly source: string;
  /** What is found; nothing when left out. */
  readonly found?: string;
  readonly file?: string;
}

function check(rule: string, cases: readonly Case[]): void {
  for (const { source, found, file = "src/trace/x.ts" } of cases) {
    const expected = found === undefined ? [] : [`${rule}: ${found}`];
    assert.deepEqual(findings(source, file), expected, source);
    // The rules hold for the program only.
    for (const other of ["tests/x.ts", "tools/x.ts", "bench/src/x.ts", "src.ts"]) {
      assert.deepEqual(findings(source, other), [], `${other}: ${source}`);
    }
    const absolute = new URL(file, ROOT).pathname;
    assert.equal(findings(source, absolute).length, expected.length, `${absolute}: ${source}`);
  }
}

Deno.test("own-errors finds what else is thrown", () => {
  const thrown = [
    `throw new Error("x");`,
    `throw Error("x");`,
    `throw "x";`,
    `throw null;`,
    `throw new Deno.errors.NotFound("x");`,
    `throw new DOMException("x");`,
    `throw new UsageError("ERR_USAGE", "x");`,
    `throw new Whatever();`,
    `throw made();`,
    `throw this.made();`,
    `throw result.error;`,
    `throw known ?? "x";`,
  ];
  check("own-errors", [
    ...thrown.map((found) => ({ source: `function f() { ${found} }`, found })),
    { source: `try { f(); } catch (a) { g(a); } throw a;`, found: "throw a;" },
    { source: `try { f(); } catch (a) { throw b; }`, found: "throw b;" },
    { source: `const a = make("x"); throw a;`, found: "throw a;" },
    { source: `function made(): Error { return x; } throw made();`, found: "throw made();" },
    { source: `function made() { return x; } throw made();`, found: "throw made();" },
    { source: `const made = () => x; throw made();`, found: "throw made();" },
    // What is listed for imports is not what a file calls its own.
    {
      source: `function corrupt(): Error { return x; } throw corrupt();`,
      found: "throw corrupt();",
    },
    {
      source: `throw c ? usageError("ERR_USAGE", "x") : x;`,
      found: `throw c ? usageError("ERR_USAGE", "x") : x;`,
    },
  ]);
});

Deno.test("own-errors finds errors that are made without being thrown there, and classes of them", () => {
  check("own-errors", [
    { source: `reject(new Error("x"));`, found: `new Error("x")` },
    { source: `const e = TypeError("x");`, found: `TypeError("x")` },
    { source: `const e = new Deno.errors.NotFound("x");`, found: `new Deno.errors.NotFound("x")` },
    {
      source: `const e = new TargetError("ERR_IO", "x");`,
      found: `new TargetError("ERR_IO", "x")`,
    },
    { source: `const e = new TargetError("ERR_IO", "x");`, file: "src/errors/x.ts" },
    { source: `class Mine extends Error {}`, found: `class Mine extends Error {}` },
    { source: `class Mine extends RangeError {}`, found: `class Mine extends RangeError {}` },
    { source: `class Mine extends Base {}` },
    { source: `reject(usageError("ERR_USAGE", "x"));` },
    { source: `console.log(Error);` },
  ]);
});

Deno.test("own-errors leaves alone what is ours, and what was caught", () => {
  check(
    "own-errors",
    [
      `throw usageError("ERR_USAGE", "x");`,
      `throw classifyError(x, { failed: "Cannot" });`,
      `throw RecorderError.fromJSON(x);`,
      `throw versionError(x) ?? corrupt(x);`,
      `throw error ??= usageError("ERR_USAGE", "x");`,
      `throw a ? usageError("ERR_USAGE", "x") : classifyError(x);`,
      `async () => { throw await diagnosisError(x); };`,
      `try { f(); } catch (thrown) { if (g()) throw thrown; h(thrown); }`,
      `try { f(); } catch (thrown) { for (;;) { throw thrown; } }`,
      `throw made(); function made(): UsageError { return x; }`,
      `throw made(); function made(): InternalError | null { return x; }`,
      `class A { #made(): RecorderError { return x; } f() { throw this.#made(); } }`,
      `const made = (a: string): TargetError => { return x; }; throw made("a");`,
      `const made = (a: string) => usageError("ERR_USAGE", a); throw made("a");`,
      `const made = versionError(x); if (made !== null) throw made;`,
      `let made: EnvironmentError | null = null; throw made;`,
      ...Object.keys(CONTROL_FLOW).flatMap((name) => [
        `class ${name} extends Error {}`,
        `throw new ${name}("x");`,
      ]),
    ].map((source) => ({ source })),
  );
});

Deno.test("reasoned-assertions wants a reason", () => {
  check("reasoned-assertions", [
    { source: `f(a!);`, found: "a!" },
    { source: `f(a.get(b)!);`, found: "a.get(b)!" },
    { source: `f(items[0]!);`, found: "items[0]!" },
    { source: `const items: string[] = []; f(items[0]!);`, found: "items[0]!" },
    { source: `f(a!); // it holds`, found: "a!" },
    { source: `f(a!); // holds:`, found: "a!" },
    { source: `f(a!);\n// holds: said too late`, found: "a!" },
    { source: `// holds: said of another line\nf(b);\nf(a!);`, found: "a!" },
    { source: `f(b); // holds: said of another line\nf(a!);`, found: "a!" },
    { source: `// holds: said of all that follows?\n\nf(a!);`, found: "a!" },
    { source: `f("// holds: no comment", a!);`, found: "a!" },
    { source: `f(a!); // holds: a reason` },
    { source: `// holds: a reason\nf(a!);` },
    { source: `  // About f. holds: a reason\n  // that goes on.\n  f(a!);` },
    { source: `/* holds: a reason */\nf(a!);` },
  ]);
});

Deno.test("reasoned-assertions lets code of bytes read bytes", () => {
  const arrays = [
    `f(bytes[at]!);`,
    `f(this.#bytes[at]!, page.bytes[at + 1]!, dictionaryBytes[0]!);`,
    `function g(data: Uint8Array) { return data[0]!; }`,
    `const starts = new Float64Array(3); f(starts[0]!);`,
    `class A { #starts = new Float64Array(3).fill(NaN); f() { return this.#starts[0]!; } }`,
    `class A { #starts: Uint32Array | undefined; f() { return this.#starts[0]!; } }`,
    `interface A { readonly tags: Uint8Array } const f = (a: A) => a.tags[0]!;`,
  ];
  for (
    const file of ["src/trace/x.ts", "src/trace/reader/x.ts", "src/wire/x.ts", "src/recording/x.ts"]
  ) {
    check("reasoned-assertions", arrays.map((source) => ({ source, file })));
  }
  check("reasoned-assertions", [
    { source: `f(bytes[at]!);`, file: "src/cli/x.ts", found: "bytes[at]!" },
    { source: `f(bytes[at]!);`, file: "main.ts", found: "bytes[at]!" },
    { source: `f(bytes.first!);`, found: "bytes.first!" },
    { source: `f(bytes!);`, found: "bytes!" },
  ]);
});

Deno.test("no-silent-catch finds what is caught and forgotten", () => {
  const all = (source: string) => ({ source, found: source.slice(source.indexOf("catch")) });
  check("no-silent-catch", [
    all(`try { f(); } catch {}`),
    all(`try { f(); } catch { return null; }`),
    all(`try { f(); } catch (e) { return null; }`),
    all(`try { f(); } catch (e) { g(other.e2); }`),
    { source: `g.catch(() => {});`, found: `g.catch(() => {})` },
    { source: `g.catch((e) => null);`, found: `g.catch((e) => null)` },
    { source: `g.catch(function (e) {});`, found: `g.catch(function (e) {})` },
    { source: `g.then(f, () => {});`, found: `g.then(f, () => {})` },
    // A comment on something else, too far away.
    { source: `// Why.\n\ng.catch(() => {});`, found: `g.catch(() => {})` },
    { source: `try { f(); /* Why. */ g(); }\n catch {}`, found: `catch {}` },
    { source: `try { f(); } catch { throw usageError("ERR_USAGE", "x"); }` },
    { source: `try { f(); } catch (e) { throw e; }` },
    { source: `try { f(); } catch (e) { g(e); }` },
    { source: `try { f(); } catch { /* Why. */ }` },
    { source: `try { f(); } catch {\n  // Why.\n  return null;\n}` },
    { source: `try { f(); } catch { return null; } // Why.` },
    { source: `g.catch(() => {}); // Why.` },
    { source: `// Why.\ng.catch(() => {});` },
    { source: `g.catch((e) => f(e));` },
    { source: `g.catch(f);` },
    { source: `g.then(f, (e) => h(e));` },
    { source: `g.then(() => {});` },
  ]);
});

Deno.test("what the audit takes for a maker of our errors has a type that says so", () => {
  const known = new Map<string, string>();
  const look = (folder: URL) => {
    for (const entry of Deno.readDirSync(folder)) {
      const url = new URL(entry.isDirectory ? `${entry.name}/` : entry.name, folder);
      if (entry.isDirectory) look(url);
      if (!entry.name.endsWith(".ts")) continue;
      const text = Deno.readTextFileSync(url);
      for (
        const [, name, type] of text.matchAll(/^export function (\w+)\([^]*?\): ([^\n{]*) \{$/gm)
      ) {
        known.set(name ?? "", type ?? "");
      }
    }
  };
  look(new URL("src/", ROOT));
  for (const name of MAKERS) {
    assert.match(
      known.get(name) ?? "no such export",
      /^(?:Recorder|Usage|Environment|Target|Internal)Error(?: \| null)?$/,
      name,
    );
  }
});
