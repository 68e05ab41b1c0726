/** The words of the filter language, shared by parsing, deciding, and what goes to the agent. */

/** Whether code is recorded. */
export type Exec = "trace" | "skip";
/** What becomes of a value: shown, its name kept and its value not, or neither. */
export type ValueAction = "allow" | "redact" | "drop";
/** What a rule selects code by: its module, its file, or its qualified name. */
export type ScopeKind = "pkg" | "file" | "obj";
/** What a value pattern selects values by. */
export type ValueKind = "local" | "global" | "arg" | "ret" | "attr";
/** How a selector's pattern is read. */
export type MatchType = "glob" | "regex" | "literal";

export const SCOPE_KINDS: readonly ScopeKind[] = ["pkg", "file", "obj"];
export const VALUE_KINDS: readonly ValueKind[] = ["local", "global", "arg", "ret", "attr"];
export const MATCH_TYPES: readonly MatchType[] = ["glob", "regex", "literal"];
export const EXEC_WORDS = ["trace", "skip", "inherit"] as const;
/** `deny` is an older word for redact. */
export const ACTION_WORDS = ["allow", "redact", "drop", "deny"] as const;
export const DEFAULT_ACTION_WORDS = [...ACTION_WORDS, "inherit"] as const;
