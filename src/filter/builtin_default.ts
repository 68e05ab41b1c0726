/** The filter that every chain begins with. */

/** What reports call it. */
export const BUILTIN_DEFAULT_PATH = "<builtin-default>";

/**
 * Words that a secret's name contains anywhere, in any case. Broad on purpose: a value too much that is
 * redacted costs a look at the program, one too few a password.
 */
const ANYWHERE = [
  "pass(?:word|wd|phrase|code)",
  "pwd",
  "secret",
  "token",
  "session",
  "cookie",
  "credential",
  "bearer",
  "jwt",
  "(?:api|priv(?:ate)?|ssh|access|signing|encryption)[^a-z0-9]?key",
  "bank[^a-z0-9]?(?:account|acct)",
  "(?:card|account|routing)[^a-z0-9]?(?:number|num|no)",
];

/** `auth` too, but for `author` (which `authorize` and `authority` begin with as well). */
const AUTH = "auth(?:[^o].*|o?|o[^r].*|ori.*)";

/**
 * Words that are part of too many harmless ones (`compass`, `classname`, `company`, `discard`, `spin`): alone, between
 * anything that is no letter, or where camelCase shows it.
 */
const ALONE = [
  ...["pass", "dbpass", "creds", "ssn", "card", "cards", "iban", "cvv", "cvc", "pan"],
  ...["pin", "otp", "totp"],
];

function secretNames(): string {
  const anywhere = `(?i:.*(?:(?:${ANYWHERE.join("|")}).*|${AUTH}))`;
  const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
  const written = ALONE.flatMap((word) => [word, capital(word), word.toUpperCase()]);
  const capitals = ALONE.map(capital);
  const start = `(?:(?:.*[^A-Za-z])?(?:${written.join("|")})|.*[a-z0-9](?:${capitals.join("|")}))`;
  return `${anywhere}|${start}(?:[^a-z].*)?`;
}

function redact(kind: string, what: string): string {
  return `
[[scope.rules.value_patterns]]
selector = '${kind}:regex:${secretNames()}'
action = "redact"
reason = "${what} named like a secret"
`;
}

/** Its text: TOML like any other filter's. */
export const BUILTIN_DEFAULT = `[meta]
name = "builtin-default"
version = 1
description = "Leaves out Python's own library, and what is named like a secret."
labels = ["builtin", "default"]

[scope]
default_exec = "trace"
default_value_action = "allow"

[[scope.rules]]
selector = 'file:<stdlib>/**'
exec = "skip"
reason = "Python's standard library"

[[scope.rules]]
selector = 'file:<frozen *>'
exec = "skip"
reason = "modules frozen into the interpreter"

[[scope.rules]]
selector = 'file:**/_virtualenv.py'
exec = "skip"
reason = "set-up of virtual environments"

[[scope.rules]]
selector = 'pkg:literal:_distutils_hack'
exec = "skip"
reason = "set-up of setuptools"

[[scope.rules]]
selector = 'pkg:literal:builtins'
exec = "skip"
reason = "built-in functions"

[[scope.rules]]
selector = 'pkg:regex:(asyncio|selectors|concurrent|importlib|threading|multiprocessing)(\\..*)?'
exec = "skip"
reason = "how Python runs tasks, threads and imports"

[[scope.rules]]
selector = 'pkg:**'
${redact("local", "a variable")}${redact("global", "a global variable")}${
  redact("arg", "an argument")
}${redact("ret", "what a function returns that is")}${redact("attr", "an attribute or key")}`;
