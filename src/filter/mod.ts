/** Trace filters: which code is recorded, and which of its values. See design-docs/trace-filters.md. */
export * from "./chain.ts";
export * from "./compiled.ts";
export * from "./decide.ts";
export { FRAMEWORKS } from "./frameworks.ts";
export { type FilterFile, parseFilter, type ScopeRule, type ValuePattern } from "./parse.ts";
export { type Places, type Subject, subjectOf } from "./subject.ts";
export type { Exec, ValueAction, ValueKind } from "./words.ts";
