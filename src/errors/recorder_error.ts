import {
  ERROR_CODES,
  type ErrorCode,
  type ErrorKind,
  isErrorCode,
  type RaisableCode,
} from "./codes.ts";
import { type JsonValue, toJsonObject, toJsonValue } from "./_json.ts";

/** Facts about one failure, for programs: names in snake_case, values as JSON has them. */
export type ErrorContext = { readonly [key: string]: JsonValue };

/** A {@link RecorderError} as JSON; `fromJSON` makes the same error of it again. */
export interface RecorderErrorJson {
  readonly kind: ErrorKind;
  readonly code: ErrorCode;
  readonly message: string;
  readonly context: ErrorContext;
  readonly cause?: CauseJson;
  readonly stack?: string;
}

/** What an error's cause is in JSON: one of ours, another Error, or any other thrown value. */
export type CauseJson =
  | { readonly type: "recorder"; readonly error: RecorderErrorJson }
  | {
    readonly type: "error";
    readonly name: string;
    readonly message: string;
    readonly code?: string;
    readonly stack?: string;
    readonly cause?: CauseJson;
  }
  | { readonly type: "value"; readonly value: JsonValue };

/**
 * The only error that this project throws. Its class and `kind` follow from its `code`.
 *
 * Made by the constructors in `constructors.ts`; use those.
 */
export abstract class RecorderError extends Error {
  /** Who has to act. */
  readonly kind: ErrorKind;
  /** Stable name of what happened; see {@link ERROR_CODES}. */
  readonly code: ErrorCode;
  /** Facts for programs; already reduced to what JSON can say, and frozen. */
  readonly context: ErrorContext;

  constructor(
    code: ErrorCode,
    message: string,
    context: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.kind = ERROR_CODES[code].kind;
    this.code = code;
    this.context = Object.freeze(toJsonObject(context));
  }

  /** The error as JSON, complete: {@link fromJSON} gives an error that is equal in every part. */
  toJSON(): RecorderErrorJson {
    return {
      kind: this.kind,
      code: this.code,
      message: this.message,
      context: this.context,
      ...(this.cause === undefined ? {} : { cause: causeToJson(this.cause) }),
      ...(this.stack === undefined ? {} : { stack: this.stack }),
    };
  }

  /**
   * The error that `toJSON` described, possibly in another thread or process.
   *
   * Never throws: what is no such description becomes an `InternalError` that carries it.
   */
  static fromJSON(json: unknown): RecorderError {
    return fromJSON(json);
  }
}

/** The command, or what it was given, is wrong. Exit status 2. */
export class UsageError extends RecorderError {
  override readonly name = "UsageError";
  declare readonly kind: "Usage";
}

/** The command is right, the machine is not ready for it. Exit status 10. */
export class EnvironmentError extends RecorderError {
  override readonly name = "EnvironmentError";
  declare readonly kind: "Environment";
}

/** The recorded program, or the agent inside it, did what can't be recorded. Exit status 20. */
export class TargetError extends RecorderError {
  override readonly name = "TargetError";
  declare readonly kind: "Target";
}

/** The recorder's own fault. Exit status 70. */
export class InternalError extends RecorderError {
  override readonly name = "InternalError";
  declare readonly kind: "Internal";
}

const CLASS_OF_KIND = {
  Usage: UsageError,
  Environment: EnvironmentError,
  Target: TargetError,
  Internal: InternalError,
} as const;

/**
 * An error whose code is known only at run time (reported by the worker, or by the agent). Where
 * the code stands in the source, use `usageError` and its siblings.
 */
export function recorderError(
  code: RaisableCode,
  message: string,
  context?: Record<string, unknown>,
  cause?: unknown,
): RecorderError {
  return ofCode(code, message, context, cause);
}

/** Takes reserved codes too: an error in JSON may come from another version, which raised them. */
function ofCode(
  code: ErrorCode,
  message: string,
  context: Record<string, unknown> | undefined,
  cause: unknown,
): RecorderError {
  return new CLASS_OF_KIND[ERROR_CODES[code].kind](code, message, context, cause);
}

/** {@link RecorderError.fromJSON} as a function. */
export function fromJSON(json: unknown): RecorderError {
  if (!isRecord(json) || typeof json.code !== "string" || typeof json.message !== "string") {
    return notAnError(json);
  }
  if (!isErrorCode(json.code) || json.kind !== ERROR_CODES[json.code].kind) return notAnError(json);
  if (!isRecord(json.context)) return notAnError(json);
  const error = ofCode(
    json.code,
    json.message,
    json.context,
    json.cause === undefined ? undefined : causeFromJson(json.cause),
  );
  restoreStack(error, json.stack);
  return error;
}

function notAnError(json: unknown): RecorderError {
  return new InternalError(
    "ERR_UNKNOWN",
    "Cannot read an error passed between parts of the recorder: it has not the form of one",
    { received: json },
  );
}

function causeToJson(cause: unknown): CauseJson {
  if (cause instanceof RecorderError) return { type: "recorder", error: cause.toJSON() };
  if (cause instanceof Error) {
    const code: unknown = Reflect.get(cause, "code");
    return {
      type: "error",
      name: cause.name,
      message: cause.message,
      ...(typeof code === "string" ? { code } : {}),
      ...(cause.stack === undefined ? {} : { stack: cause.stack }),
      ...(cause.cause === undefined ? {} : { cause: causeToJson(cause.cause) }),
    };
  }
  return { type: "value", value: toJsonValue(cause) };
}

function causeFromJson(json: unknown): unknown {
  if (!isRecord(json)) return json;
  switch (json.type) {
    case "recorder":
      return fromJSON(json.error);
    case "error": {
      const cause = json.cause === undefined ? undefined : { cause: causeFromJson(json.cause) };
      // deno-lint-ignore recorder/own-errors -- it is somebody else's error, told again
      const error = new Error(textOr(json.message, ""), cause);
      // Its class may not exist on this side (Deno.errors.*, a SystemError), so the name stands in.
      Object.defineProperty(error, "name", {
        value: textOr(json.name, "Error"),
        configurable: true,
        writable: true,
      });
      if (typeof json.code === "string") Reflect.set(error, "code", json.code);
      restoreStack(error, json.stack);
      return error;
    }
    default:
      return json.value;
  }
}

function restoreStack(error: Error, stack: unknown): void {
  // The place where it was first thrown is the one worth reading, not this file.
  if (typeof stack === "string") error.stack = stack;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
