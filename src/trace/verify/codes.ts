/**
 * What `verify` can find: the one source of findings' severities and of `design-docs/verify.md`.
 *
 * Names and meanings are a promise to scripts: a code never changes its meaning.
 *
 * @module
 */

/**
 * How bad a finding is. `fatal`: the trace can't be opened. `error`: at least one reader refuses,
 * misreads or drops something. `warning`: readers differ, one of them shows it as meant. `note`:
 * unusual, and harmless.
 */
export type Severity = "fatal" | "error" | "warning" | "note";

/** The severities, the worst first. */
export const SEVERITIES: readonly Severity[] = ["fatal", "error", "warning", "note"];

/** One row of the table. */
export interface FindingCodeEntry {
  readonly severity: Severity;
  /** What is wrong, as one clause. */
  readonly meaning: string;
}

/** All codes, by what is looked at, in the order in which it is. */
export const FINDING_CODES = {
  // The container: header, directory, blocks.
  "container-cut": fatal("The file is shorter than its first block"),
  "container-version": fatal("The format version is not one of 2 to 4"),
  "container-encrypted": fatal("The container is compressed or encrypted as a whole"),
  "block-size": fatal("The block size is not 1024, 2048 or 4096"),
  "small-blocks": error("The block size is not 4096, which one reader takes for granted"),
  "directory-size": error("The directory has not 31 entries, which one reader takes for granted"),
  "partial-block": error("The file does not end with a whole block"),
  "directory-entry": error("A directory entry has no well-formed name"),
  "file-twice": error("Two directory entries have the same name"),
  "block-missing": error("A pointer to a block that the file's size needs is 0"),
  "block-outside": error("A pointer leads behind the container's end"),
  "block-shared": error("A block belongs to two files, or to the header"),
  "block-repeated": error("A file's mapping leads to a block that it has led to before"),
  "blocks-excess": error("A mapping has pointers that the file's size does not need"),
  "mapping-depth": error("A file's size needs more levels of mapping blocks than readers follow"),
  "formats-mixed": fatal("A file is there by which readers take the trace for another format"),
  "older-format": note("An older format: read to its end; its content is not checked further"),
  "older-damaged": error("An older format that can't be read to its end"),
  "file-missing": fatal("A file is missing without which no reader opens the trace"),
  "stream-missing": error("A file is missing, and readers show its part of the trace as empty"),
  "file-unknown": note("A file is there that readers don't know"),

  // Numbers, texts and records, wherever they stand.
  "number-overlong": error("A number has more than 10 bytes, or 64 bits"),
  "number-padded": note("A number has more bytes than it needs"),
  "record-cut": error("A record ends in the middle"),
  "record-trailing": error("A record goes on behind its last field"),
  "text-encoding": error("A text is not valid UTF-8"),

  // meta.dat
  "metadata-version": fatal("It is not metadata of version 3"),
  "metadata-flags": fatal("Unknown flags are set"),
  "metadata-columns": error("Flags 6 or 7 (columns) are set without flag 4"),
  "metadata-unannounced": fatal("A stream's flag is clear, so readers take it for an older layout"),
  "metadata-tables": warning("Flag 12 announces another layout of functions and types"),
  "metadata-native": error("A field of native recordings has an unknown value"),
  "recording-id": error("The recording id is no lowercase UUID of version 7"),
  "metadata-paths": error("The list of paths is not that of paths.dat"),

  // Tables: paths, funcs, types, varnames, srcviews, sources.
  "table-size": error("The offsets are not 8 bytes for each record and 8 more"),
  "table-offsets": error("The offsets don't begin at 0, don't ascend or don't end with the data"),
  "paths-none": error("There are no source paths"),
  "path-empty": error("A source path is empty"),
  "path-twice": error("A source path is there twice"),
  "path-lines": error("A line's length is negative or above 32 bits"),
  "path-layout": error("All paths look column-aware, but flag 4 is clear"),
  "source-view": error("A source view belongs to no path"),
  "source-file": error("Of sources.dat and sources.off, one is there without the other"),
  "source-offsets": error("The offsets of the sources are not as those of other tables have to be"),
  "source-count": error("There are not as many records of sources as paths"),
  "source-text": error("A source is no zstd frame, a damaged one, or not of the size it states"),
  "source-limit": error("A source is above 64 MiB"),

  // Streams: steps, values, calls, events.
  "index-size": error("The index is not 4 bytes and 8 for each chunk"),
  "index-records": error("The index says 0 records per chunk, or more than a million"),
  "index-offsets": error("Chunks don't begin at 0, don't ascend or don't end with the data"),
  "chunk-frame": error("A chunk is no zstd frame, or a damaged one"),
  "chunk-unsized": error("A chunk's frame does not state its content size"),
  "chunk-size": error("A chunk's content is empty, or has not the size that its frame states"),
  "chunk-trailing": error("Bytes follow a chunk's frame, such as a second, empty one"),
  "chunk-limit": error("A chunk is above 1,536 MiB"),
  "chunk-count": error("A chunk has not the number of records that the index says"),

  // steps
  "steps-none": error("There are no steps, so readers show nothing"),
  "step-start": error("A chunk does not begin with an absolute position"),
  "step-tag": error("A step record has an unknown tag"),
  "step-position": error("A step is outside of all files"),
  "step-column": error("A column step, but flag 4 is clear"),
  "step-line-zero": error("A step is on line 0"),
  "step-empty-file": warning("A step is in an empty file, which readers show as line 0 or 1"),
  "line-only-path": warning("A position without column is in another path than the first"),
  "line-only-thread": warning("A thread starts or exits in a trace without columns"),
  "thread-id": error("A thread's id has more than 63 bits"),

  // Ids of tables
  "type-id": error("There is no such type"),
  "variable-id": error("There is no such variable"),
  "function-id": error("There is no such function"),

  // values
  "values-count": error("There are not as many records of values as step records"),
  "values-tag": error("A record of values does not begin with tag 0"),
  "variable-twice": warning("A record has a variable twice; one reader shows the first only"),
  "value-empty": error("A value has no bytes"),
  "value-cut": error("A value ends in the middle"),
  "value-trailing": error("Bytes follow a value"),
  "value-form": error("A value is not CBOR as readers take it: another type or form is due"),
  "value-kind": error("A value has an unknown kind"),
  "value-keys": error("A value has not its kind's keys in their order"),
  "value-content": error("What a value holds contradicts itself or its kind"),
  "value-depth": error("A value is nested deeper than 64"),
  "value-readers": warning("A value is of a kind that only one reader shows"),

  // calls
  "call-range": error("A call ends before it begins, or behind the last step"),
  "call-order": error("A call begins before the one that precedes it"),
  "call-parent": error("A call's parent is no earlier call, or has ended"),
  "call-overlap": error("A call begins before an earlier call of the same parent has ended"),
  "call-nesting": error("A call is not inside its parent"),
  "call-depth": error("A call's depth is not one more than its parent's"),
  "call-children": error("A call's list of children is not the calls that name it as parent"),
  "call-gap": error("Steps belong to no call"),

  // events
  "event-kind": error("An event has an unknown kind"),
  "event-step": error("An event is at a step that does not exist"),
  "event-order": error("An event is at an earlier step than the one that precedes it"),

  // trace_metadata.json
  "beside-unreadable": error("It is no JSON object, or can't be read"),
  "beside-contradicts": error("It says something else than the trace"),
  "beside-other": note("It belongs to another trace"),
  "beside-partial": note("The recording is partial, and says so"),
} as const satisfies Record<string, FindingCodeEntry>;

/** The code of a finding. */
export type FindingCode = keyof typeof FINDING_CODES;

function fatal(meaning: string): FindingCodeEntry {
  return { severity: "fatal", meaning };
}

function error(meaning: string): FindingCodeEntry {
  return { severity: "error", meaning };
}

function warning(meaning: string): FindingCodeEntry {
  return { severity: "warning", meaning };
}

function note(meaning: string): FindingCodeEntry {
  return { severity: "note", meaning };
}
