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
