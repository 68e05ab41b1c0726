import { cborItem } from "./cbor_records.ts";
import type { Pieces } from "./pieces.ts";
import type { LegacyRecord } from "./record.ts";

/** By tag. A step with a column is one of 24. */
const NAMES: readonly string[] = [
  "Step",
  "Path",
  "VariableName",
  "Variable",
  "Type",
  "Value",
  "Function",
  "Call",
  "Return",
  "Event",
  "Asm",
  "BindVariable",
  "Assignment",
  "DropVariables",
  "CompoundValue",
  "CellValue",
  "AssignCompoundItem",
  "AssignCell",
  "VariableCell",
  "DropVariable",
  "ThreadStart",
  "ThreadExit",
  "ThreadSwitch",
  "DropLastStep",
  "Step",
];

/**
 * The records of a stream in the "split binary" form: a tag, fixed fields (little-endian), and CBOR
 * for what can be nested, with its length in front.
 *
 * @throws {RecorderError} `ERR_TRACE_CORRUPT` if it is no such stream.
 */
export function* splitBinaryRecords(pieces: Pieces): Generator<LegacyRecord, void, undefined> {
  for (; pieces.begin(); pieces.record++) {
    const tag = pieces.u8();
    const name = NAMES[tag] ?? pieces.fail(`unknown tag ${tag}`);
    yield { name, body: body(tag, pieces) };
  }
}

function body(tag: number, pieces: Pieces): unknown {
  const text = () => pieces.text(pieces.u32le());
  switch (tag) {
    case 0:
      return { path_id: pieces.u64le(), line: pieces.i64le() };
    case 1:
    case 2:
    case 3:
      return text();
    case 4:
    case 12:
      return payload(pieces);
    case 5:
      return { variable_id: pieces.u64le(), value: payload(pieces) };
    case 6:
      return { path_id: pieces.u64le(), line: pieces.i64le(), name: text() };
    case 7:
      return { function_id: pieces.u64le(), args: payload(pieces) };
    case 8:
      return { return_value: payload(pieces) };
    case 9:
      return { kind: pieces.u8(), metadata: text(), content: text() };
    case 10:
      return list(pieces, text);
    case 11:
    case 18:
      return { variable_id: pieces.u64le(), place: pieces.i64le() };
    case 13:
      return list(pieces, () => pieces.u64le());
    case 14:
    case 15:
      return { place: pieces.i64le(), value: payload(pieces) };
    case 16:
      return { place: pieces.i64le(), index: pieces.u64le(), item_place: pieces.i64le() };
    case 17:
      return { place: pieces.i64le(), new_value: payload(pieces) };
    case 19:
    case 20:
    case 21:
    case 22:
      return pieces.u64le();
    case 24:
      return { path_id: pieces.u64le(), line: pieces.i64le(), column: pieces.i64le() };
  }
  return null;
}

/** A length and an item of CBOR that is as long. */
function payload(pieces: Pieces): unknown {
  const length = pieces.u32le();
  const end = pieces.offset + length;
  const item = cborItem(pieces);
  if (pieces.offset !== end) pieces.fail(`a payload of ${length} bytes ends elsewhere`);
  return item;
}

function list<T>(pieces: Pieces, element: () => T): T[] {
  const elements: T[] = [];
  for (let left = pieces.u32le(); left > 0; left--) elements.push(element());
  return elements;
}
