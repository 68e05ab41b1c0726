import { toJsonValue } from "./_json.ts";
import { environmentError, internalError } from "./constructors.ts";
import { RecorderError } from "./recorder_error.ts";

/** What was being done when something was thrown. */
export interface Attempt {
  /** The start of the message: "Cannot write the trace". */
  readonly failed: string;
  /** The file or folder in question. */
  readonly path?: string;
  /** False where what helps against the system's reason, such as another --out-dir, would not. */
  readonly remedy?: false;
  /** More facts for the error's context. */
  readonly context?: Record<string, unknown>;
}

/** The system's reason in words. */
const OS_REASONS: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "permission denied",
  EPERM: "the operation is not permitted",
  EEXIST: "it already exists",
  ENOTDIR: "a part of the path is not a folder",
  EISDIR: "it is a folder",
  ENOTEMPTY: "the folder is not empty",
  ENOSPC: "no space left on the device",
  EDQUOT: "the disk quota is used up",
  EROFS: "the file system is read-only",
  EFBIG: "the file has grown to the size limit (see `ulimit -f`)",
  ENXIO: "there is no such device, or it is a socket",
  EIO: "the device reported an input/output error",
  EMFILE: "too many files are open in this process (see `ulimit -n`)",
  ENFILE: "too many files are open on this machine",
  ENOMEM: "not enough memory",
  EAGAIN: "there is no room for another process or thread (see `ulimit -u`), or not yet",
  ELOOP: "too many symbolic links on the way to it",
  ENAMETOOLONG: "the name is too long",
  ETXTBSY: "the file is being executed",
  EBUSY: "the file or folder is in use",
  ENOEXEC: "it is not a program that this machine can run",
  EINVAL: "the system does not accept this",
  EPIPE: "the reader on the other side is gone",
  EBADF: "the file is not open any more",
  EILSEQ: "a name or path is not UTF-8, which Deno can't work with",
  NOTCAPABLE: "Deno was started without the permission for it",
};

/** What helps, where there is something. */
const REMEDIES: Readonly<Record<string, string>> = {
  EACCES: "check the permissions of the file and of the folders above it",
  ENOSPC: "free some, or choose another --out-dir",
  EDQUOT: "free some space, or choose another --out-dir",
  EROFS: "choose another --out-dir",
  EILSEQ: "rename it, or work elsewhere",
};

/** Deno's own error classes carry a name; most of them, but not all, carry the errno name as well. */
const CODE_OF_DENO_ERROR: Readonly<Record<string, string>> = {
  NotFound: "ENOENT",
  PermissionDenied: "EACCES",
  AlreadyExists: "EEXIST",
  NotADirectory: "ENOTDIR",
  IsADirectory: "EISDIR",
  FilesystemLoop: "ELOOP",
  BrokenPipe: "EPIPE",
  BadResource: "EBADF",
  Busy: "EBUSY",
  InvalidData: "EILSEQ",
  NotCapable: "NOTCAPABLE",
};

/** Linux numbers, for messages that end in "(os error N)" and carry no code. */
const CODE_OF_ERRNO: Readonly<Record<string, string>> = {
  1: "EPERM",
  2: "ENOENT",
  5: "EIO",
  6: "ENXIO",
  8: "ENOEXEC",
  9: "EBADF",
  12: "ENOMEM",
  13: "EACCES",
  17: "EEXIST",
  20: "ENOTDIR",
  21: "EISDIR",
  22: "EINVAL",
  24: "EMFILE",
  26: "ETXTBSY",
  27: "EFBIG",
  28: "ENOSPC",
  30: "EROFS",
  32: "EPIPE",
  36: "ENAMETOOLONG",
  40: "ELOOP",
  122: "EDQUOT",
};

/**
 * The system's name for what went wrong.
 *
 * @returns An errno name such as `"ENOENT"` (or `"NOTCAPABLE"` for a permission that Deno was
 * started without), or null when the value is no error of the system.
 */
export function osErrorCode(thrown: unknown): string | null {
  if (!(thrown instanceof Error) || thrown instanceof RecorderError) return null;
  // A refusal by Deno's own permissions may carry an errno as well; ours is the truer reason.
  if (thrown.name === "NotCapable") return "NOTCAPABLE";
  const code: unknown = Reflect.get(thrown, "code");
  if (typeof code === "string" && Object.hasOwn(OS_REASONS, code)) return code;
  const named = of(CODE_OF_DENO_ERROR, thrown.name);
  if (named !== undefined) return named;
  const number = /\(os error (\d+)\)/.exec(thrown.message)?.[1];
  const numbered = number === undefined ? undefined : CODE_OF_ERRNO[number];
  if (numbered !== undefined) return numbered;
  // An errno that we have no words for still is the system's, not a fault of ours.
  return typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : null;
}

/**
 * The system's reason as words that follow "…: ", and what helps.
 *
 * @param code An errno name as {@link osErrorCode} gives it.
 */
export function osReason(code: string): string {
  const remedy = of(REMEDIES, code);
  return remedy === undefined ? plainReason(code) : `${plainReason(code)}; ${remedy}`;
}

function plainReason(code: string): string {
  return of(OS_REASONS, code) ?? `system error ${code}`;
}

function of(table: Readonly<Record<string, string>>, code: string): string | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}

/**
 * The one place where what others throw becomes one of our errors: errors of the system (Deno's
 * and Node's) are `ERR_IO`, a RecorderError stays what it is, anything else is `ERR_UNKNOWN`.
 *
 * @param thrown Anything that was caught.
 * @param attempt What was being done; becomes part of the message and of the context.
 */
export function classifyError(thrown: unknown, attempt?: Attempt): RecorderError {
  if (thrown instanceof RecorderError) return thrown;
  const osCode = osErrorCode(thrown);
  const path = attempt?.path ?? pathOf(thrown);
  const context = {
    ...attempt?.context,
    ...(path === undefined ? {} : { path }),
    ...(osCode === null ? {} : { os_error: osCode }),
  };
  const failed = `${attempt?.failed ?? "Cannot go on"}${path === undefined ? "" : ` (${path})`}`;
  if (osCode !== null) {
    const reason = attempt?.remedy === false ? plainReason(osCode) : osReason(osCode);
    return environmentError("ERR_IO", `${failed}: ${reason}`, context, thrown);
  }
  // Not String(thrown): an object may have a toString that is none, or none at all.
  const json = toJsonValue(thrown);
  const said = typeof json === "string" ? json : JSON.stringify(json);
  return internalError(
    "ERR_UNKNOWN",
    `${failed}: ${said}. This is a fault of the recorder; please report it`,
    context,
    thrown,
  );
}

function pathOf(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error)) return undefined;
  const path: unknown = Reflect.get(thrown, "path");
  return typeof path === "string" ? path : undefined;
}
