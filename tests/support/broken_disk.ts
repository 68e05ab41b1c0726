/**
 * A disk that fails at one chosen write, or from there on, as seen by the session or by the trace worker: Deno's functions
 * for files are replaced by ones that count. Nothing of this is in the product.
 */
import { basename } from "node:path";

/** What is to fail, and how. */
export interface DiskFault {
  /** An operation as {@link BrokenDisk} names it, such as `worker write journal 2`: the third of these. */
  readonly at: string;
  /** Whether all that the same trouble would keep from working fails from then on, for session and worker. */
  readonly later: boolean;
  readonly error: DiskError;
}

/** The system's name for what a disk says. */
export type DiskError = keyof typeof SAID;

/** As Deno puts it. */
const SAID = {
  EIO: "Input/output error (os error 5)",
  EACCES: "Permission denied (os error 13)",
  ENOSPC: "No space left on device (os error 28)",
  EROFS: "Read-only file system (os error 30)",
} as const;

/** What is asked of the disk; `reserve` is a write of zeros ahead of data. */
type Action =
  | "make"
  | "write"
  | "reserve"
  | "sync"
  | "cut"
  | "link"
  | "copy"
  | "rename";

/** What each trouble keeps from working. No room: only what would need more than a file has already. */
const CONCERNS: Readonly<Record<DiskError, readonly Action[]>> = {
  EIO: ["make", "write", "reserve", "sync", "cut", "link", "copy", "rename"],
  EROFS: ["make", "write", "reserve", "cut", "link", "copy", "rename"],
  EACCES: ["make", "link", "copy", "rename"],
  ENOSPC: ["make", "write", "reserve", "copy"],
};

/** Which troubles the operation of that name can meet. */
export function errorsOf(operation: string): DiskError[] {
  const action = operation.split(" ")[1];
  return (Object.keys(CONCERNS) as DiskError[]).filter((error) =>
    CONCERNS[error].some((concerned) => concerned === action)
  );
}

/** The data of these files would be too many operations to tell apart. */
const WORK = /^\.recording-/;

interface Open {
  readonly name: string;
  /** Bytes that the disk has given the file so far. */
  size: number;
  /** The last write was cut short; the next one says why. */
  torn: boolean;
}

/** One side's view of the disk. */
export class BrokenDisk {
  readonly #counts = new Map<string, number>();
  readonly #open = new WeakMap<Deno.FsFile, Open>();

  /**
   * @param state What both sides share: 1 as long as later operations fail as well.
   * @param note Called with the name of each operation, and whether it was made to fail.
   */
  constructor(
    readonly side: "session" | "worker",
    readonly fault: DiskFault | null,
    readonly state: () => Int32Array | null,
    readonly note: (operation: string, failed: boolean) => void,
  ) {}

  /** Replaces Deno's functions, for good. */
  install(): void {
    this.#names();
    this.#files();
    this.#openFiles();
  }

  /** Functions that take a path and write no data. */
  #names(): void {
    const { mkdirSync, linkSync, copyFileSync, renameSync } = Deno;
    Deno.mkdirSync = (path, options) => {
      this.#check("make", path);
      mkdirSync(path, options);
    };
    Deno.linkSync = (from, to) => {
      this.#check("link", to);
      linkSync(from, to);
    };
    Deno.copyFileSync = (from, to) => {
      this.#check("copy", to);
      copyFileSync(from, to);
    };
    Deno.renameSync = (from, to) => {
      this.#check("rename", to);
      renameSync(from, to);
    };
  }

  /** Functions that write a whole file: of one that fails, half is there. */
  #files(): void {
    const { writeFileSync, writeTextFileSync } = Deno;
    const torn = (path: string | URL, write: () => void) => {
      try {
        this.#check("write", path);
      } catch (error) {
        write();
        throw error;
      }
    };
    Deno.writeFileSync = (path, data, options) => {
      if (!(data instanceof Uint8Array)) throw new Error("not used by the recorder");
      torn(path, () => writeFileSync(path, data.subarray(0, data.length / 2), options));
      writeFileSync(path, data, options);
    };
    Deno.writeTextFileSync = (path, data, options) => {
      if (typeof data !== "string") throw new Error("not used by the recorder");
      torn(path, () => writeTextFileSync(path, data.slice(0, data.length / 2), options));
      writeTextFileSync(path, data, options);
    };
  }

  /** Files that stay open. */
  #openFiles(): void {
    const { openSync } = Deno;
    Deno.openSync = (path, options) => {
      if (options?.createNew || options?.create) this.#check("make", path);
      const file = openSync(path, options);
      this.#open.set(file, { name: nameOf(path), size: file.statSync().size, torn: false });
      return file;
    };
    const { writeSync, syncSync, syncDataSync, truncateSync } = Deno.FsFile.prototype;
    // deno-lint-ignore no-this-alias
    const disk = this;
    Deno.FsFile.prototype.writeSync = function (bytes: Uint8Array): number {
      const open = disk.#open.get(this);
      if (open === undefined) return writeSync.call(this, bytes);
      const end = this.seekSync(0, Deno.SeekMode.Current) + bytes.length;
      const action = bytes.length >= 4096 && bytes.every((byte) => byte === 0)
        ? "reserve"
        : "write";
      if (open.torn) {
        open.torn = false;
        throw disk.#error();
      }
      const fails = disk.#fails(action, open.name, end > open.size);
      if (fails && (disk.fault?.error !== "ENOSPC" || bytes.length < 2)) throw disk.#error();
      open.torn = fails;
      const written = writeSync.call(this, fails ? bytes.subarray(0, bytes.length / 2) : bytes);
      open.size = Math.max(open.size, end - bytes.length + written);
      return written;
    };
    Deno.FsFile.prototype.write = async function (bytes: Uint8Array): Promise<number> {
      return await Promise.resolve(this.writeSync(bytes));
    };
    Deno.FsFile.prototype.truncateSync = function (size?: number): void {
      const open = disk.#open.get(this);
      if (open !== undefined) {
        if (disk.#fails("cut", open.name)) throw disk.#error();
        open.size = size ?? 0;
      }
      truncateSync.call(this, size);
      // There is room again.
      if (disk.fault?.error === "ENOSPC") disk.#setState(0);
    };
    Deno.FsFile.prototype.syncSync = function (): void {
      const open = disk.#open.get(this);
      if (open !== undefined && disk.#fails("sync", open.name)) throw disk.#error();
      syncSync.call(this);
    };
    Deno.FsFile.prototype.syncDataSync = function (): void {
      const open = disk.#open.get(this);
      if (open !== undefined && disk.#fails("sync", open.name)) throw disk.#error();
      syncDataSync.call(this);
    };
  }

  #check(action: Action, path: string | URL): void {
    if (this.#fails(action, nameOf(path))) throw this.#error();
  }

  /** Counts the operation. */
  #fails(action: Action, name: string, needsRoom = true): boolean {
    const key = `${this.side} ${action} ${name}`;
    const count = this.#counts.get(key) ?? 0;
    this.#counts.set(key, count + 1);
    const operation = `${key} ${count}`;
    const { fault } = this;
    let fails = fault?.at === operation;
    if (fault?.later) {
      if (fails) this.#setState(1);
      const concerned = CONCERNS[fault.error].includes(action) &&
        (needsRoom || fault.error !== "ENOSPC");
      fails ||= concerned && this.state()?.[0] === 1;
    }
    this.note(operation, fails);
    return fails;
  }

  #setState(value: 0 | 1): void {
    const state = this.state();
    if (state !== null) state[0] = value;
  }

  #error(): Error {
    return new Error(SAID[this.fault?.error ?? "EIO"]);
  }
}

/** The last part of a path; the work folder is `work`, and the agent's files bear its name. */
function nameOf(path: string | URL): string {
  const parts = String(path).split("/");
  const name = basename(String(path));
  if (parts.at(-2) === "agent") return `agent/${name}`;
  if (name.startsWith("replaced-")) return "replaced"; // the rest is random
  return WORK.test(name) ? "work" : name;
}
