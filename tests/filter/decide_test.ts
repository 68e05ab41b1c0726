/** Decisions of chains against a naive evaluator that knows the language from its description alone. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  builtinDefault,
  decide,
  decideValue,
  type FilterSource,
  makeChain,
  type Subject,
  subjectOf,
  type ValueKind,
} from "../../src/filter/mod.ts";
import {
  plainChains,
  type PlainFilter,
  type PlainSelector,
  sourcesOf,
  subjects,
  valueNames,
} from "./_chains.ts";

function naiveMatch({ kind, match, pattern }: PlainSelector, name: string): boolean {
  if (match === "literal") return pattern === name;
  if (match === "regex") {
    const flags = pattern.startsWith("(?i)") ? "is" : "s";
    // A word's edge, with letters of any script: names here end, or go on with something else.
    const source = pattern.replace("(?i)", "").replace("\\b", "(?![\\wé])");
    return new RegExp(`^(?:${source})$`, flags).test(name);
  }
  const crosses = kind !== "file" || pattern.includes("**");
  const literal = pattern.replaceAll("*", "");
  const at = pattern.startsWith("*") ? name.length - literal.length : 0;
  const rest = pattern.startsWith("*")
    ? name.slice(0, Math.max(at, 0))
    : name.slice(literal.length);
  if (!pattern.includes("*")) return name === literal;
  return name.length >= literal.length && name.startsWith(literal, at) &&
    (crosses || !rest.includes("/"));
}

/** Word for word what the page says. */
function naive(filters: PlainFilter[], subject: Subject, kinds: string[], name: string | null) {
  let exec = "trace", fallback = "allow";
  for (const filter of filters) {
    if (filter.default_exec && filter.default_exec !== "inherit") exec = filter.default_exec;
    if (filter.default_value_action && filter.default_value_action !== "inherit") {
      fallback = filter.default_value_action;
    }
  }
  const called = (module: string) => `${module}.${subject.qualifiedName}`;
  const objects = subject.modules.length ? subject.modules.map(called) : [subject.qualifiedName];
  const matching = filters.flatMap((filter) => filter.rules).filter((rule) => {
    const packages = subject.modules.length ? subject.modules : [""];
    const candidates = { pkg: packages, file: subject.files, obj: objects };
    return candidates[rule.selector.kind as "pkg"].some((each) => naiveMatch(rule.selector, each));
  });
  for (const rule of matching) {
    if (rule.exec && rule.exec !== "inherit") exec = rule.exec;
    if (rule.value_default && rule.value_default !== "inherit") fallback = rule.value_default;
  }
  let action: string = kinds.join() === "attr" ? "allow" : fallback;
  search: for (const rule of matching.toReversed()) {
    for (const pattern of rule.patterns) {
      const names = name === null ? objects : [name];
      if (
        kinds.includes(pattern.selector.kind) &&
        names.some((each) => naiveMatch(pattern.selector, each))
      ) {
        action = pattern.action;
        break search;
      }
    }
  }
  return { exec, action: action === "deny" ? "redact" : action };
}

Deno.test("a chain decides as its description says", async () => {
  const kinds = fc.constantFrom<ValueKind[]>(
    ["local"],
    ["local", "arg"],
    ["local", "global"],
    [
      "global",
    ],
    ["ret"],
    ["attr"],
    [],
  );
  await fc.assert(
    fc.asyncProperty(
      plainChains,
      subjects,
      kinds,
      valueNames,
      async (plain, subject, kind, name) => {
        const chain = await makeChain(sourcesOf(plain, false));
        const decision = decide(chain, subject);
        const isReturn = kind[0] === "ret";
        const objects = subject.modules.length
          ? subject.modules.map((module) => `${module}.${subject.qualifiedName}`)
          : [subject.qualifiedName];
        const { action, pattern } = decideValue(decision, kind, isReturn ? objects : [name]);
        const expected = naive(plain, subject, kind, isReturn ? null : name);
        assert.equal(decision.exec, expected.exec);
        assert.equal(action, expected.action);
        // What decided says so itself.
        const { file, rule } = decision.execFrom;
        if (rule !== null) {
          const from = plain[file - 1]!.rules[rule - 1]!;
          assert.equal(from.exec, decision.exec);
        }
        if (pattern !== null) {
          const from = plain[pattern.file - 1]!.rules[pattern.rule - 1]!;
          assert.ok(
            from.patterns.some((each) => pattern.selector.text.endsWith(each.selector.pattern)),
          );
        }
      },
    ),
    { numRuns: 500 },
  );
});

const flag = (text: string): FilterSource => ({ origin: "setting", path: "/f.toml", text });
const PLACES = {
  projects: ["/p"],
  libraries: ["/usr/lib/python3.12", "/usr/lib/python312.zip"],
  workingFolder: "/p/sub",
};

async function execOf(filename: string, module: string, ...texts: string[]): Promise<string> {
  const chain = await makeChain([builtinDefault(), ...texts.map(flag)]);
  return decide(chain, subjectOf({ filename, module, qualifiedName: "f" }, PLACES)).exec;
}

Deno.test("the built-in filter leaves Python's own library out, and nothing else", async () => {
  for (
    const [filename, module, expected] of [
      ["/p/app.py", "__main__", "trace"],
      ["app.py", "__main__", "trace"],
      ["/usr/lib/python3.12/json/decoder.py", "json.decoder", "skip"],
      ["/usr/lib/python312.zip/json/decoder.py", "json.decoder", "skip"],
      ["/usr/lib/python3.12/site-packages/rich/text.py", "rich.text", "trace"],
      ["/usr/lib/python3.12/dist-packages/rich/text.py", "rich.text", "trace"],
      ["/usr/lib/python3.12/site-packages/_virtualenv.py", "_virtualenv", "skip"],
      ["/x/site-packages/_distutils_hack/__init__.py", "_distutils_hack", "skip"],
      ["<frozen importlib._bootstrap>", "importlib._bootstrap", "skip"],
      ["<string>", "__main__", "trace"],
      ["/elsewhere/asyncio/tasks.py", "asyncio.tasks", "skip"],
      ["/p/asyncio_tools.py", "asyncio_tools", "trace"],
    ] as const
  ) {
    assert.equal(await execOf(filename, module), expected, filename);
  }
});

Deno.test("later files override the built-in filter, and a default alone does not", async () => {
  const library = "/usr/lib/python3.12/json/decoder.py";
  assert.equal(await execOf(library, "json.decoder", '[scope]\ndefault_exec = "trace"'), "skip");
  const json = '[[scope.rules]]\nselector = "file:<stdlib>/json/**"\nexec = "trace"';
  assert.equal(await execOf(library, "json.decoder", json), "trace");
  const absolute = `[[scope.rules]]\nselector = "file:${library}"\nexec = "trace"`;
  assert.equal(await execOf(library, "json.decoder", absolute), "trace");
  const only =
    '[scope]\ndefault_exec = "skip"\n[[scope.rules]]\nselector = "pkg:app.*"\nexec = "trace"';
  assert.equal(await execOf("/p/app/core.py", "app.core", only), "trace");
  assert.equal(await execOf("/p/app/core.py", "__main__", only), "trace", "by its path");
  assert.equal(await execOf("/x/site-packages/rich.py", "rich", only), "skip");
  const inherited = `[scope]\ndefault_exec = "inherit"`;
  assert.equal(await execOf("/x/site-packages/rich.py", "rich", only, inherited), "skip");
});

Deno.test("what is named like a secret is redacted", async () => {
  const chain = await makeChain([builtinDefault()]);
  const decision = decide(chain, { modules: ["m"], files: ["m.py"], qualifiedName: "f" });
  const secret = "password passwd pwd pass db_pass DB_PASSWORD userPassword passphrase secret " +
    "clientSecret token tokens access_token session session_id cookie Set-Cookie auth oauth auth2 " +
    "Authorization authToken is_authorized credential credentials creds bearer jwt id_jwt ssn SSN " +
    "user_ssn userSsn api_key apiKey APIKEY X-Api-Key private_key ssh_key ssh-key card card_number " +
    "cardNumber myCard credit_card iban cvv CVC pan account_number accountNo bank_account routing_number " +
    "dbpass DBPASS dbPass my_dbpass privkey priv_key PrivKey otp otp_code userOtp OTP totp pin PIN user_pin " +
    "pinCode card.pin pin2";
  const harmless =
    "author authors co_author AUTHOR compass passed passenger bypass classname company " +
    "spin spinning shopping pinned pins opinion mapping happiness optional hotpot footpath dbpassive private " +
    "privilege expand panel discard cardinal wildcard key keys monkey tok result user i x self number";
  for (const kind of ["local", "global", "arg", "ret", "attr"] as const) {
    for (const name of secret.split(" ")) {
      assert.equal(decideValue(decision, [kind], [name]).action, "redact", `${kind} ${name}`);
    }
    for (const name of harmless.split(" ")) {
      assert.equal(decideValue(decision, [kind], [name]).action, "allow", `${kind} ${name}`);
    }
  }
  assert.equal(decideValue(decision, ["attr"], ["my\npassword\n"]).action, "redact");
  assert.equal(decideValue(decision, ["local"], ["x".repeat(10_000) + "password"]).action, "allow");
});

Deno.test("a later pattern shows what the built-in filter hides, and other secrets stay hidden", async () => {
  const chain = await makeChain([
    builtinDefault(),
    flag(`[[scope.rules]]
selector = "pkg:lexer"
value_default = "drop"
[[scope.rules.value_patterns]]
selector = "local:token"
action = "allow"
[[scope.rules.value_patterns]]
selector = "local:tok*"
action = "deny"`),
  ]);
  const decision = decide(chain, { modules: ["lexer"], files: ["lexer.py"], qualifiedName: "f" });
  const actions = ["token", "tokens", "password", "x"].map((name) =>
    decideValue(decision, ["local"], [name]).action
  );
  assert.deepEqual(actions, ["allow", "redact", "redact", "drop"]);
  assert.equal(decideValue(decision, ["attr"], ["x"]).action, "allow");
  assert.equal(decideValue(decision, [], []).action, "drop");
});
