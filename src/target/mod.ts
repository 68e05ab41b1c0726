/**
 * Targets: from the words of a command line to a program that is ready to be started.
 *
 * @module
 */
export {
  diagnose,
  type Diagnosis,
  diagnosisError,
  type Place,
  versionError,
} from "./python_interpreter.ts";
export { codeOf, configStartFolder } from "./config_start.ts";
export { namesFramework } from "./framework_words.ts";
export { FRAMEWORK_WORDS, isFramework } from "./frameworks.ts";
export { type ResolveInput, resolveTarget } from "./resolve.ts";
export type { ResolvedTarget, TargetKind } from "./target.ts";
