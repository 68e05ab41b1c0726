/** Where the lines of a log go. Never to stdout: that is the program's. */
import { classifyError, environmentError, internalError, osErrorCode } from "../errors/mod.ts";

/** What the log needs of stderr. */
export interface StderrStream {
  isTerminal(): boolean;
  writeSync(bytes: Uint8Array): number;
}

/** A place for lines. */
export interface Destination {
  /** Whether people read it as it is written. */
  readonly terminal: boolean;
  /**
   * @param text One line or more, each with its end.
   * @throws Whatever the system says, when not all of it was written.
   */
  write(text: string): void;
  close(): void;
}

const encoder = new TextEncoder();

/** The process's stderr, or what stands in for it; closing it does nothing. */
export function stderrDestination(stream: StderrStream): Destination {
  return {
    terminal: stream.isTerminal(),
    write(text) {
      let bytes = encoder.encode(text);
      while (bytes.length > 0) bytes = bytes.subarray(stream.writeSync(bytes));
    },
    close() {},
  };
}

/**
 * A file, appended to; created with mode 0600 as error messages may quote what is nobody else's business.
 *
 * Several recorders may write into one file: each call of `write` is one write of the system's at the file's end, so
 * lines don't interleave.
 *
 * @throws {EnvironmentError} ERR_IO, when it can't be opened.
 */
export function fileDestination(path: string): Destination {
  const file = open(path);
  // The disk was full in the middle of a line: the next one must not be glued to its stump.
  let torn = false;
  return {
    terminal: false,
    write(text) {
      const bytes = encoder.encode(torn ? `\n${text}` : text);
      const written = file.writeSync(bytes);
      if (written === bytes.length) {
        torn = false;
        return;
      }
      // Nothing written leaves the end of the file as it was.
      if (written > 0) torn = true;
      throw internalError("ERR_UNKNOWN", "A log record was written in part");
    },
    close: () => file.close(),
  };
}

function open(path: string): Deno.FsFile {
  const failed = "Cannot open the log file of the setting log_file";
  try {
    refusePipe(path, failed);
    return Deno.openSync(path, { append: true, create: true, mode: 0o600 });
  } catch (thrown) {
    if (osErrorCode(thrown) === "ENOENT") {
      throw environmentError(
        "ERR_IO",
        `${failed} (${path}): its folder does not exist; create it, or choose another file`,
        { path, os_error: "ENOENT" },
        thrown,
      );
    }
    throw classifyError(thrown, { failed, path });
  }
}

/** Streams that this process has: opening one again waits for nobody, even if it is a pipe. */
const OWN_STREAM = /^\/dev\/(?:stderr|stdout|fd\/\d+)$/;

/** Opening a pipe would wait until somebody reads it, perhaps for ever. */
function refusePipe(path: string, failed: string): void {
  if (OWN_STREAM.test(path) || canBeAppendedTo(path)) return;
  throw environmentError(
    "ERR_IO",
    `${failed} (${path}): it is no regular file; choose one, or a device such as /dev/null`,
    { path },
  );
}

/** True as well for what is not there yet, or what opening will say more about. */
function canBeAppendedTo(path: string): boolean {
  try {
    const { isFile, isDirectory, isCharDevice } = Deno.statSync(path);
    return isFile || isDirectory || isCharDevice === true;
  } catch (thrown) {
    if (osErrorCode(thrown) === null) throw thrown;
    return true;
  }
}
