/** What the program can be compiled for, and what a runtime that it is built on is for. */

/** A system and its processor. */
export interface Platform {
  readonly os: "linux" | "darwin" | "windows";
  readonly arch: "x86_64" | "aarch64";
}

/** All targets, as Deno names them. */
export const TARGETS: Readonly<Record<string, Platform>> = {
  "x86_64-unknown-linux-gnu": { os: "linux", arch: "x86_64" },
  "aarch64-unknown-linux-gnu": { os: "linux", arch: "aarch64" },
  "x86_64-apple-darwin": { os: "darwin", arch: "x86_64" },
  "aarch64-apple-darwin": { os: "darwin", arch: "aarch64" },
  "x86_64-pc-windows-msvc": { os: "windows", arch: "x86_64" },
  "aarch64-pc-windows-msvc": { os: "windows", arch: "aarch64" },
};

/** Bytes of a file that {@link platformOf} has to see. */
export const HEAD = 4096;

/**
 * What an executable runs on, by its first {@link HEAD} bytes: ELF, Mach-O or PE.
 *
 * @returns Null for anything else.
 */
export function platformOf(head: Uint8Array<ArrayBuffer>): Platform | null {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const u16 = (at: number) => at + 2 <= head.length ? view.getUint16(at, true) : 0;
  const u32 = (at: number) => at + 4 <= head.length ? view.getUint32(at, true) : 0;
  const platform = (os: Platform["os"], arch: Platform["arch"] | undefined) =>
    arch === undefined ? null : { os, arch };
  if (u32(0) === 0x464c_457f) return platform("linux", ELF_MACHINES.get(u16(18)));
  if (u32(0) === 0xfeed_facf) return platform("darwin", MACH_PROCESSORS.get(u32(4)));
  const header = u32(0x3c);
  if (u16(0) === 0x5a4d && u32(header) === 0x4550) {
    return platform("windows", PE_MACHINES.get(u16(header + 4)));
  }
  return null;
}

const ELF_MACHINES = new Map<number, Platform["arch"]>([[62, "x86_64"], [183, "aarch64"]]);
const MACH_PROCESSORS = new Map<number, Platform["arch"]>([
  [0x0100_0007, "x86_64"],
  [0x0100_000c, "aarch64"],
]);
const PE_MACHINES = new Map<number, Platform["arch"]>([[0x8664, "x86_64"], [0xaa64, "aarch64"]]);
