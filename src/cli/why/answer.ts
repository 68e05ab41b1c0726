/** Puts together what filters and activation say of code, and of its values. */
import {
  decide,
  decideValue,
  type Decision,
  type FilterChain,
  type FilterOrigin,
  objectNames,
  type Origin,
  type Places,
  type Subject,
  subjectOf,
  type ValueAction,
  type ValueKind,
} from "../../filter/mod.ts";
import type { FoundCode, FunctionNames } from "./look_up.ts";

/** What decided, in the words of its file. */
export interface Source {
  readonly origin: FilterOrigin;
  readonly path: string;
  /** From 1; null: the file's default. */
  readonly rule: number | null;
  /** Of the rule's header; null where the text doesn't show it, and for a default. */
  readonly line: number | null;
  readonly selector: string | null;
  readonly reason: string | null;
}

/** What becomes of one value. */
export interface ValueAnswer {
  /** null: what is returned. */
  readonly name: string | null;
  /** All that it is. */
  readonly kinds: readonly ValueKind[];
  readonly action: ValueAction;
  readonly from: Source;
}

/** When code of a file is recorded, by the activation path. */
export interface ActivationAnswer {
  /** Absolute; null: there is none, so all of the program is recorded. */
  readonly path: string | null;
  /** Whether the code is the file's. */
  readonly is_its_code: boolean;
}

/** Whether code is recorded, and why. */
export interface CodeAnswer {
  /** As it was asked for. */
  readonly code: string;
  readonly filename: string;
  /** All that rules may call its module. */
  readonly modules: readonly string[];
  /** All that rules may call its file. */
  readonly files: readonly string[];
  readonly function: string;
  /** Filters let it through, and so it is in the trace where it runs and the recording is on. */
  readonly recorded: boolean;
  readonly from: Source | null;
  /** What it is in place of Python code, why it isn't recorded in spite of its filters, or why it can't be read. */
  readonly note: string | null;
  readonly activation: ActivationAnswer;
  readonly value_default: { readonly action: ValueAction; readonly from: Source } | null;
  readonly values: readonly ValueAnswer[];
}

/** What was asked of a code object. */
export interface Question {
  readonly code: string;
  readonly functionName: string;
  /** `--value`; empty: those of its own that are hidden. */
  readonly valueNames: readonly string[];
}

/** Answers for code that was found. */
export function answerFor(
  question: Question,
  found: Pick<FoundCode, "filename" | "module" | "functions" | "problem">,
  chain: FilterChain,
  places: Places,
  activation: ActivationAnswer,
): CodeAnswer {
  const { functionName } = question;
  const subject = subjectOf({
    filename: found.filename,
    module: found.module,
    qualifiedName: functionName,
  }, places);
  const decision = decide(chain, subject);
  const names = found.functions?.[functionName] ?? null;
  return {
    code: question.code,
    filename: found.filename,
    modules: subject.modules,
    files: subject.files,
    function: functionName,
    recorded: decision.exec === "trace",
    from: sourceOf(decision.execFrom, chain),
    note: found.problem === null ? null : `it does not compile: ${found.problem}`,
    activation,
    value_default: {
      action: decision.valueDefault,
      from: sourceOf(decision.valueDefaultFrom, chain),
    },
    values: valuesOf(question, subject, decision, names, chain),
  };
}

function valuesOf(
  { functionName, valueNames }: Question,
  subject: Subject,
  decision: Decision,
  names: FunctionNames | null,
  chain: FilterChain,
): ValueAnswer[] {
  const answer = (name: string | null, kinds: readonly ValueKind[]): ValueAnswer => {
    const called = name === null ? objectNames(subject) : [name];
    const { action, pattern } = decideValue(decision, kinds, called);
    const from = pattern === null
      ? decision.valueDefaultFrom
      : { file: pattern.file, rule: pattern.rule, reason: pattern.reason };
    const selector = pattern?.selector.text;
    return { name, kinds, action, from: sourceOf(from, chain, selector) };
  };
  const isModule = functionName === "<module>";
  const own: ValueKind[] = isModule ? ["local", "global"] : ["local"];
  if (valueNames.length > 0) {
    return valueNames.flatMap((name) => {
      const kinds: (readonly ValueKind[])[] = [];
      const isKnown = names !== null &&
        Object.values(names).some((all: readonly string[]) => all.includes(name));
      if (!isKnown || names.locals.includes(name)) kinds.push(own);
      if (!isModule && (!isKnown || names.arguments.includes(name))) kinds.push(["local", "arg"]);
      if (!isModule && (!isKnown || names.globals.includes(name))) kinds.push(["global"]);
      if (isModule && isKnown && !names.locals.includes(name)) kinds.push(own);
      return [...kinds, ["attr"] as const].map((each) => answer(name, each));
    });
  }
  const all = [
    ...(names?.arguments ?? []).map((name) => answer(name, ["local", "arg"])),
    ...(names?.locals ?? []).map((name) => answer(name, own)),
    ...(names?.globals ?? []).map((name) => answer(name, isModule ? own : ["global"])),
    ...(isModule ? [] : [answer(null, ["ret"])]),
  ];
  // A default is said once, for all of them.
  return all.filter(({ action }) => action !== decision.valueDefault);
}

function sourceOf(origin: Origin, chain: FilterChain, selector?: string): Source {
  const file = chain.files[origin.file];
  const rule = chain.rules.find((each) => each.file === origin.file && each.number === origin.rule);
  return {
    origin: file?.origin ?? "builtin",
    path: file?.path ?? "",
    rule: origin.rule,
    line: rule?.line ?? null,
    selector: selector ?? rule?.selector.text ?? null,
    reason: origin.reason,
  };
}
