import type { RaisableCode } from "./codes.ts";
import { EnvironmentError, InternalError, TargetError, UsageError } from "./recorder_error.ts";

/**
 * An error of the command or of what it was given.
 *
 * @param code One of the raisable Usage codes.
 * @param message What failed, with what input, and what to do: one sentence, no final full stop.
 * @param context Facts for programs, names in snake_case.
 * @param cause What was caught, if anything.
 */
export function usageError(
  code: RaisableCode<"Usage">,
  message: string,
  context?: Record<string, unknown>,
  cause?: unknown,
): UsageError {
  return new UsageError(code, message, context, cause);
}

/** An error of the machine; parameters as for {@link usageError}. */
export function environmentError(
  code: RaisableCode<"Environment">,
  message: string,
  context?: Record<string, unknown>,
  cause?: unknown,
): EnvironmentError {
  return new EnvironmentError(code, message, context, cause);
}

/** An error of the recorded program or the agent in it; parameters as for {@link usageError}. */
export function targetError(
  code: RaisableCode<"Target">,
  message: string,
  context?: Record<string, unknown>,
  cause?: unknown,
): TargetError {
  return new TargetError(code, message, context, cause);
}

/** An error of the recorder itself; parameters as for {@link usageError}. */
export function internalError(
  code: RaisableCode<"Internal">,
  message: string,
  context?: Record<string, unknown>,
  cause?: unknown,
): InternalError {
  return new InternalError(code, message, context, cause);
}

/** An error's message, or what makes it where words have to be put together: only called on failure. */
export type Message = string | (() => string);

/**
 * Goes on only if the condition holds, and the compiler knows that it does.
 *
 * @param code One of the raisable Usage codes.
 * @param message As for {@link usageError}.
 * @param context As for {@link usageError}.
 * @throws {UsageError} If it doesn't.
 */
export function ensureUsage(
  condition: boolean,
  code: RaisableCode<"Usage">,
  message: Message,
  context?: Record<string, unknown>,
): asserts condition {
  if (!condition) throw usageError(code, textOf(message), context);
}

/** {@link ensureUsage} for the machine: throws what {@link environmentError} makes. */
export function ensureEnvironment(
  condition: boolean,
  code: RaisableCode<"Environment">,
  message: Message,
  context?: Record<string, unknown>,
): asserts condition {
  if (!condition) throw environmentError(code, textOf(message), context);
}

/** {@link ensureUsage} for the recorded program: throws what {@link targetError} makes. */
export function ensureTarget(
  condition: boolean,
  code: RaisableCode<"Target">,
  message: Message,
  context?: Record<string, unknown>,
): asserts condition {
  if (!condition) throw targetError(code, textOf(message), context);
}

/** {@link ensureUsage} for the recorder itself: throws what {@link internalError} makes. */
export function ensureInternal(
  condition: boolean,
  code: RaisableCode<"Internal">,
  message: Message,
  context?: Record<string, unknown>,
): asserts condition {
  if (!condition) throw internalError(code, textOf(message), context);
}

function textOf(message: Message): string {
  return typeof message === "string" ? message : message();
}
