/**
 * Just enough of the zip format to know what Python will find: whether a file is an archive that
 * `zipimport` opens, and whether `__main__` is in it.
 */

const END_RECORD_BYTES = 22;
const MAX_COMMENT_BYTES = 0xffff;
const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const ENTRY_BYTES = 46;
/** A table of contents larger than this is not searched; Python will say what it finds. */
const MAX_DIRECTORY_BYTES = 64 * 1024 * 1024;

/** What was found out about a file. */
export type ZipFinding = "no zip" | "zip without __main__" | "zip";

/**
 * Looks at an open file.
 *
 * @param likely Search for the end record behind a long comment too, not only at the very end.
 * @throws What Deno throws when reading fails.
 */
export function inspectZip(file: Deno.FsFile, likely: boolean): ZipFinding {
  const size = file.statSync().size;
  const tailBytes = Math.min(size, END_RECORD_BYTES + (likely ? MAX_COMMENT_BYTES : 0));
  const tail = readAt(file, size - tailBytes, tailBytes);
  const end = findEndRecord(tail);
  if (end === null) return "no zip";
  const directoryBytes = end.getUint32(12, true);
  const entries = end.getUint16(10, true);
  // Bytes may stand before the archive (a shebang, an executable), so count from the end record.
  const directoryAt = size - tailBytes + (end.byteOffset - tail.byteOffset) - directoryBytes;
  if (directoryAt < 0 || directoryBytes > MAX_DIRECTORY_BYTES) {
    // Zip64 says its sizes elsewhere; leave the judgement to Python.
    return entries === 0xffff || directoryBytes === 0xffffffff ? "zip" : "no zip";
  }
  const directory = readAt(file, directoryAt, directoryBytes);
  return hasMain(directory) ? "zip" : "zip without __main__";
}

function readAt(file: Deno.FsFile, offset: number, bytes: number): Uint8Array {
  const buffer = new Uint8Array(bytes);
  file.seekSync(offset, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < bytes) {
    const read = file.readSync(buffer.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return buffer.subarray(0, filled);
}

function findEndRecord(tail: Uint8Array): DataView | null {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let at = tail.length - END_RECORD_BYTES; at >= 0; at--) {
    if (view.getUint32(at, true) === END_SIGNATURE) {
      return new DataView(tail.buffer, tail.byteOffset + at, END_RECORD_BYTES);
    }
  }
  return null;
}

function hasMain(directory: Uint8Array): boolean {
  const view = new DataView(directory.buffer, directory.byteOffset, directory.byteLength);
  const decoder = new TextDecoder();
  let at = 0;
  while (at + ENTRY_BYTES <= directory.length && view.getUint32(at, true) === ENTRY_SIGNATURE) {
    const nameBytes = view.getUint16(at + 28, true);
    const name = decoder.decode(directory.subarray(at + ENTRY_BYTES, at + ENTRY_BYTES + nameBytes));
    if (isMainFile(name)) return true;
    at += ENTRY_BYTES + nameBytes + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return false;
}

/** The files that Python takes for the `__main__` of a folder or zip. */
export function isMainFile(name: string): boolean {
  return MAIN_FILES.includes(name);
}

/** Most likely first. */
export const MAIN_FILES: readonly string[] = ["__main__.py", "__main__.pyc"];
