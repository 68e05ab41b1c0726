/** The log of one session. */
// Not by way of errors/mod.ts: how values are reduced to JSON is no part of what that offers to embedding programs.
import { toJsonObject } from "../errors/_json.ts";
import type { JsonValue, RecorderError } from "../errors/mod.ts";
import {
  type Destination,
  fileDestination,
  stderrDestination,
  type StderrStream,
} from "./destination.ts";
import { type LogLevel, passes, type RecordLevel } from "./level.ts";
import type { RecordWriter } from "./record_writer.ts";

export type { StderrStream } from "./destination.ts";

/** Which records are kept, and where they go; from the policy. */
export interface LogOptions {
  readonly level: LogLevel;
  /** Absolute, or relative to the working directory; null for stderr. */
  readonly file: string | null;
  /** Every record carries it. */
  readonly runId: string;
  /** In place of the process's stderr. */
  readonly stderr?: StderrStream;
}

/** How a record is to be treated. */
export interface RecordOptions {
  /** The person at the terminal was told already: left out of a log that goes to stderr as well. */
  readonly told?: boolean;
}

/** Facts for programs, names in snake_case. Never the program's arguments or environment. */
export type Facts = Readonly<Record<string, unknown>>;

/**
 * The log of one session. Nothing here throws or waits: a record that can't be written is counted in `lost`.
 *
 * An event is a short name that stays the same, such as `program.ended`.
 */
export interface RecorderLog {
  /** Records that should have been written and were not. Final after `close`. */
  readonly lost: number;
  /** Every later record carries it. */
  setTraceId(id: string): void;
  debug(event: string, facts?: Facts, options?: RecordOptions): void;
  info(event: string, facts?: Facts, options?: RecordOptions): void;
  warning(event: string, facts?: Facts, options?: RecordOptions): void;
  error(event: string, facts?: Facts, options?: RecordOptions): void;
  /** The event `failure`, with the error's code, kind, message and context; at debug also its stack and cause. */
  failure(error: RecorderError, level?: "warning" | "error", options?: RecordOptions): void;
  /** Writes what is waiting and gives the file back. Later records are lost. Never rejects. */
  close(): Promise<void>;
}

/** A record before it is text: all in it is a copy. */
export interface LogEntry {
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly level: RecordLevel;
  readonly event: string;
  /** For people, where it is more than the event's name. */
  readonly message?: string;
  readonly runId: string;
  readonly traceId: string | null;
  readonly context: { readonly [name: string]: JsonValue };
  /** Whatever errors have besides: code, kind, stack, cause. */
  readonly error?: { readonly [name: string]: JsonValue };
}

/**
 * Opens the log. LogTape is loaded with the first record that is kept, which for an ordinary recording is never.
 *
 * @throws {EnvironmentError} ERR_IO, when the file can't be opened. With the level `off` it isn't.
 */
export function openLog(options: LogOptions): RecorderLog {
  const destination = options.file === null || options.level === "off"
    ? stderrDestination(options.stderr ?? Deno.stderr)
    : fileDestination(options.file);
  return new SessionLog(options, destination);
}

class SessionLog implements RecorderLog {
  lost = 0;
  readonly #level: LogLevel;
  readonly #toStderr: boolean;
  readonly #runId: string;
  readonly #destination: Destination;
  #traceId: string | null = null;
  /** Entries that wait for the writer to be loaded. */
  #waiting: LogEntry[] = [];
  #writer: RecordWriter | null = null;
  #loading: Promise<void> | null = null;
  #closing: Promise<void> | null = null;

  constructor({ level, file, runId }: LogOptions, destination: Destination) {
    this.#level = level;
    this.#toStderr = file === null;
    this.#runId = runId;
    this.#destination = destination;
  }

  setTraceId(id: string): void {
    this.#traceId = id;
  }

  debug(event: string, facts?: Facts, options?: RecordOptions): void {
    this.#record("debug", event, facts, options);
  }

  info(event: string, facts?: Facts, options?: RecordOptions): void {
    this.#record("info", event, facts, options);
  }

  warning(event: string, facts?: Facts, options?: RecordOptions): void {
    this.#record("warning", event, facts, options);
  }

  error(event: string, facts?: Facts, options?: RecordOptions): void {
    this.#record("error", event, facts, options);
  }

  failure(
    error: RecorderError,
    level: "warning" | "error" = "error",
    options?: RecordOptions,
  ): void {
    this.#record(level, "failure", error.context, options, error);
  }

  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.#loading;
    try {
      this.#destination.close();
    } catch {
      // All was handed to the system before; what it says now changes nothing.
    }
  }

  #record(
    level: RecordLevel,
    event: string,
    facts: Facts = {},
    { told = false }: RecordOptions = {},
    error?: RecorderError,
  ): void {
    if (!passes(level, this.#level) || (told && this.#toStderr)) return;
    if (this.#closing !== null) {
      this.lost++;
      return;
    }
    this.#guard(() => {
      const entry = {
        timestamp: Date.now(),
        level,
        event,
        runId: this.#runId,
        traceId: this.#traceId,
        context: toJsonObject(facts),
        ...(error === undefined ? {} : this.#partsOf(error)),
      };
      if (this.#writer !== null) this.#writer.write(entry);
      else this.#wait(entry);
    });
  }

  #partsOf(error: RecorderError): Pick<LogEntry, "message" | "error"> {
    const { kind, code, message, stack, cause } = error.toJSON();
    const detail = passes("debug", this.#level) ? { stack, cause } : {};
    return { message, error: toJsonObject({ error_code: code, error_kind: kind, ...detail }) };
  }

  #wait(entry: LogEntry): void {
    this.#waiting.push(entry);
    this.#loading ??= this.#load();
  }

  async #load(): Promise<void> {
    try {
      const { createRecordWriter } = await import("./record_writer.ts");
      this.#writer = createRecordWriter(this.#destination, this.#toStderr);
    } catch {
      // LogTape isn't there (a Deno that is offline and has never fetched it). Each record will be counted.
      this.#writer = { write: () => void this.lost++ };
    }
    const { write } = this.#writer;
    for (const entry of this.#waiting.splice(0)) this.#guard(() => write(entry));
  }

  /** A full disk, a closed stderr, another program's sink: nothing that a recording should end for. */
  #guard(write: () => void): void {
    try {
      write();
    } catch {
      this.lost++; // a number is all that is left to say
    }
  }
}
