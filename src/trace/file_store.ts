import { classifyError, ensureInternal } from "../errors/mod.ts";
import type { RandomAccessSink } from "./ctfs/container_writer.ts";
import type { SpoolName } from "./spool_files.ts";

/** A file that is written and read back while a trace is recorded. */
export interface SpoolFile {
  /** Writes all of `bytes` from byte `offset` on. */
  writeAt(bytes: Uint8Array, offset: number): void;
  /**
   * Fills `into` from byte `offset` on.
   *
   * @returns Bytes read: fewer than `into.length` only at the end of the file.
   */
  readAt(into: Uint8Array, offset: number): number;
  /** Closes the file; what it holds is not needed any more. May be called twice. */
  close(): void;
}

/** A file of a file system, as the system tells it from others; null where it doesn't. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number | null;
}

/** Opens the files that a trace needs while it is recorded. */
export interface SpoolFactory {
  /** Creates an empty file. */
  open(name: SpoolName): SpoolFile;
}

/**
 * A file of its own for reading and writing at any offset.
 *
 * Needs read and write permission for its path when it is created, none afterwards.
 * `Deno.FsFile` and `node:fs` take the same time per block (3 to 6 µs for 4 KiB, measured on Deno
 * 2.6.10 and 2.9.6), so this is the one without a second world of path and permission handling.
 */
export class DiskFile implements RandomAccessSink, SpoolFile {
  #file: Deno.FsFile | null;
  /** Where the system's file offset stands; NaN while, or after an error, that is unknown. */
  #offset = 0;

  /** Which file it is, whatever its path leads to by now. */
  readonly identity: FileIdentity;

  private constructor(readonly path: string, file: Deno.FsFile) {
    this.#file = file;
    const { dev, ino } = attempt("look at", path, () => file.statSync());
    this.identity = { dev, ino };
  }

  /**
   * Creates a file for its owner alone. It must not exist: whoever could put a symbolic link there would otherwise
   * choose what is overwritten.
   *
   * @throws {RecorderError} `ERR_IO` with the system's reason.
   */
  static create(path: string): DiskFile {
    return new DiskFile(
      path,
      attempt(
        "create",
        path,
        () => Deno.openSync(path, { read: true, write: true, createNew: true, mode: 0o600 }),
      ),
    );
  }

  /** @throws {RecorderError} `ERR_IO` with the system's reason, such as a full disk. */
  writeAt(bytes: Uint8Array, offset: number): void {
    const file = this.#open();
    attempt("write", this.path, () => {
      this.#seek(file, offset);
      // One call may write less than all, for instance just before the disk is full.
      for (let done = 0; done < bytes.length;) {
        done += file.writeSync(done === 0 ? bytes : bytes.subarray(done));
      }
      this.#offset = offset + bytes.length;
    });
  }

  /** @throws {RecorderError} `ERR_IO` with the system's reason. */
  readAt(into: Uint8Array, offset: number): number {
    const file = this.#open();
    return attempt("read", this.path, () => {
      this.#seek(file, offset);
      let done = 0;
      while (done < into.length) {
        const count = file.readSync(done === 0 ? into : into.subarray(done));
        if (count === null) break;
        done += count;
      }
      this.#offset = offset + done;
      return done;
    });
  }

  /** @throws {RecorderError} `ERR_IO` with the system's reason. */
  sync(): void {
    const file = this.#open();
    attempt("sync", this.path, () => file.syncDataSync());
  }

  /**
   * Cuts the file off behind `size` bytes.
   *
   * @throws {RecorderError} `ERR_IO` with the system's reason.
   */
  truncate(size: number): void {
    const file = this.#open();
    attempt("cut", this.path, () => file.truncateSync(size));
  }

  /**
   * Whether its path leads to this very file, and not by a symbolic link at its end. Needs read permission for the
   * path.
   */
  isInPlace(): boolean {
    const { dev, ino } = attempt("look at", this.path, () => Deno.lstatSync(this.path));
    return dev === this.identity.dev && ino === this.identity.ino;
  }

  /** Closes the file and keeps it. May be called twice. */
  close(): void {
    this.#file?.close();
    this.#file = null;
  }

  #open(): Deno.FsFile {
    ensureInternal(
      this.#file !== null,
      "ERR_UNKNOWN",
      () => `Cannot use ${this.path}: the file is closed already`,
    );
    return this.#file;
  }

  #seek(file: Deno.FsFile, offset: number): void {
    if (this.#offset !== offset) file.seekSync(offset, Deno.SeekMode.Start);
    this.#offset = NaN;
  }
}

/**
 * Spool files in a folder; who made the folder removes them with it.
 *
 * @param folder An existing folder without such files; needs read and write permission.
 */
export function diskSpool(folder: string): { open(name: string): DiskFile } {
  return { open: (name) => DiskFile.create(`${folder}/${name}`) };
}

function attempt<T>(verb: string, path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw classifyError(error, { failed: `Cannot ${verb} a file of the trace`, path });
  }
}
