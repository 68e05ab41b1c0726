/** Makes LogTape's records of ours and writes them. The only part that loads LogTape; so it is loaded late. */
import {
  getLogger,
  getTextFormatter,
  type LogRecord,
  type TextFormatter,
} from "../packages/logtape.ts";
import { oneLine } from "../text/one_line.ts";
import type { Destination } from "./destination.ts";
import type { LogEntry } from "./log.ts";

/** Takes records. */
export interface RecordWriter {
  /** @throws Whatever kept it from being written. */
  write(entry: LogEntry): void;
}

/** The category of all our records. */
export const CATEGORY = ["ct-recorder"] as const;

/**
 * A writer for one session.
 *
 * LogTape's configuration belongs to the process, and a program that embeds the recorder may have set its own up, at
 * any time. So it is never touched: the session's lines go to the session's own destination. Besides, every record is
 * emitted under {@link CATEGORY}, which does nothing unless that program has configured sinks for it. Where it has,
 * they take the place of stderr.
 *
 * @param toStderr Whether the destination is stderr.
 */
export function createRecordWriter(destination: Destination, toStderr: boolean): RecordWriter {
  const logger = getLogger(CATEGORY);
  const format = destination.terminal ? textFormatter() : jsonLine;
  return {
    write(entry) {
      const record = recordOf(entry);
      const taken = logger.isEnabledFor(entry.level);
      try {
        if (!(taken && toStderr)) destination.write(format(record));
      } finally {
        if (taken) logger.emit(record);
      }
    },
  };
}

function recordOf(entry: LogEntry): LogRecord {
  const message = entry.message ?? entry.event;
  return {
    category: CATEGORY,
    level: entry.level,
    timestamp: entry.timestamp,
    message: [message],
    rawMessage: message,
    properties: {
      run_id: entry.runId,
      trace_id: entry.traceId,
      event: entry.event,
      ...entry.error,
      context: entry.context,
    },
  };
}

/** One line of JSON. LogTape's own formatter names the time `@timestamp` and always has a message. */
const jsonLine: TextFormatter = ({ timestamp, level, category, properties, rawMessage }) => {
  const { run_id, trace_id, event, ...rest } = properties;
  const line = JSON.stringify({
    timestamp: new Date(timestamp).toISOString(),
    level,
    logger: category.join("."),
    run_id,
    trace_id,
    event,
    ...(rawMessage === event ? {} : { message: rawMessage }),
    ...rest,
  });
  return `${line}\n`;
};

/** One line for people; a stack follows on lines of its own. */
function textFormatter(): TextFormatter {
  return getTextFormatter({
    timestamp: "rfc3339",
    format({ timestamp, level, category, record }) {
      const { run_id, trace_id, event, error_code, stack, context } = record.properties;
      const words = [`${timestamp} [${level}] ${category}: ${event}`];
      if (typeof error_code === "string") words.push(`${error_code}: ${record.rawMessage}`);
      const pairs = { ...context as Record<string, unknown>, run_id, trace_id };
      for (const [name, value] of Object.entries(pairs)) {
        words.push(`${name}=${JSON.stringify(value)}`);
      }
      const below = typeof stack === "string" ? stack.split("\n").map((line) => `  ${line}`) : [];
      return [words.join(" "), ...below].map(oneLine).join("\n");
    },
  });
}
