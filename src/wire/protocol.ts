/**
 * The numbers of the wire protocol, shared by everything on the recorder's side. The agents have the
 * same numbers in `src/agent/`; `tests/wire/protocol_test.ts` compares them. The written definition is
 * design-docs/wire-protocol.md.
 */

/** Changes whenever an agent and a recorder of different versions would misunderstand each other. */
export const WIRE_VERSION = 6;

/** First bytes of the ring file. */
export const RING_MAGIC: Uint8Array<ArrayBuffer> = new Uint8Array([
  0x43,
  0x54,
  0x52,
  0x49,
  0x4e,
  0x47,
  0,
  WIRE_VERSION,
]);

/** Size of the ring's header: the coarsest page size in use (64 KiB on some arm64 systems). */
export const HEADER_SIZE = 64 << 10;
/** Bytes per segment. Small enough to stay in the cache, large enough for the longest record. */
export const SEGMENT_SIZE = 256 << 10;
/** Segments per ring. Four let the program run on while the recorder takes one. */
export const SEGMENT_COUNT = 4;

/** Byte offsets of the header's fields. Those from 64 are the recorder's, those from 128 the agent's. */
export const FREED = 64;
export const HEARTBEAT = 72;
export const RECORDER_PID = 80;
export const RECORDER_STATE = 84;
export const PROGRESS_SHOWN = 88;
/** Bytes taken from the pipes that descriptors 1 and 2 are; by descriptor. */
export const RELAYED: Readonly<Record<1 | 2, number>> = { 1: 96, 2: 104 };
export const FILLED = 128;
export const AGENT_PID = 136;
export const PYTHON_VERSION = 140;
export const AGENT_STATE = 144;
export const CHILDREN = 148;
export const SCOPES_SKIPPED = 152;
export const EXECS_BEGUN = 156;
export const EXECS_FAILED = 160;
export const ACTIVATED = 164;
/** Where what is in use of the header ends. */
export const HEADER_USED = 168;

/** Values of RECORDER_STATE. */
/** Not all of its files are open yet: the program must not begin. */
export const RECORDER_STARTS = 0;
export const RECORDER_LISTENS = 1;
export const RECORDER_STOPPED = 2;

/** Values of AGENT_STATE; 0 while no agent has attached. */
export const AGENT_ATTACHED = 1;
export const AGENT_DETACHED = 2;

/** Kinds of records: their first element. A line has its layout's number there, 0 or higher. */
export const CODE = -1;
export const PATH = -2;
export const SOURCE = -3;
export const LAYOUT = -4;
export const CALL = -5;
export const RESUME = -6;
export const RETURN = -7;
export const YIELD = -8;
export const UNWIND = -9;
export const THROW = -10;
export const OUTPUT = -11;
export const DESCRIBED = -12;
export const WINDOW = -13;
export const CONFLICT = -14;
export const FAILED = -15;
export const THREAD_BEGUN = -16;
export const UNCAUGHT = -17;
export const WRITING = -18;
export const RAISE = -19;
export const CATCH = -21;
export const WRITTEN = -22;
export const HELLO = -20;
export const THREAD_ENDED = -23;
export const KEPT = -30;
export const SPLICED = -31;
export const SITE = -24;
export const PIECE = -25;

/** Packed records: their first byte. They end as the others do. */
export const PACKED_LINE = 1;
export const PACKED_RETURN = 2;
export const PACKED_YIELD = 3;
export const PACKED_RETURN_NONE = 4;
export const PACKED_YIELD_NONE = 5;
/** Bytes ahead of a packed record's values: what it is, a site or code, thread. */
export const PACKED_HEAD = 13;

/** Marked values: the second element of a tuple whose first is the mark. */
export const MORE = 1;
export const LONG_TEXT = 2;
export const LONG_BYTES = 3;
export const STRUCT = 4;
export const RAW = 5;
export const SEQUENCE = 6;
export const MAPPING = 7;
export const TOO_DEEP = 8;
export const CYCLE = 9;
export const EXCEPTION = 10;
export const BIG_INT = 11;
export const TYPED = 12;
export const HIDDEN = 13;
export const WITHOUT = 14;
export const AS_KEPT = 15;

/** Kinds of what KEPT holds: the elements of a container, or a value as a whole. */
export const LIST = 0;
export const TUPLE = 1;
export const DICT = 2;
export const VALUE = 3;

/** Slots for what is kept, as many as the agent has for all threads together: first those of containers, then of objects. */
export const KEPT_SLOTS = 512 + 2048;

/** What a filter did to a value, in HIDDEN. */
export const REDACTED = 1;
export const DROPPED = 2;

/** The recorder remembers this many long texts; the agent refers to the latest 64 only. */
export const REMEMBERED_TEXTS = 256;

/** Standard streams in OUTPUT records. */
export const STREAM_NAMES = ["stdin", "stdout", "stderr"] as const;
