import { inheritedDescriptorLimit } from "../../session/platform.ts";
import { ownShortage } from "../../session/own_limits.ts";
import { humanSize } from "../outcome.ts";
import { type Finding, note, ok, problem, type Section, warning } from "./section.ts";

/** Bytes that the shared memory alone takes, roughly. */
const LEAST_FILE = 1_200_000;
const SCANT_FILE = 100_000_000;
const SCANT_DESCRIPTORS = 64;

/** The limits of the shell: how large files may be, how many may be open. Needs read permission for /proc. */
export function limits(): Section {
  const size = fileSizeLimit();
  const descriptors = inheritedDescriptorLimit();
  const facts = {
    file_bytes: size === undefined ? null : size === Infinity ? "unlimited" : size,
    open_files: descriptors,
  };
  const lacking = ownShortage(false);
  const findings = [ofSize(size), ofDescriptors(descriptors)];
  if (lacking !== null) findings.push(problem(lacking.told, `raise it: ${lacking.remedy}`));
  return { name: "limits", facts, findings };
}

/** The soft limit; undefined where it can't be told. */
function fileSizeLimit(): number | undefined {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const word = Deno.readTextFileSync("/proc/self/limits").match(/^Max file size +(\S+)/m)?.[1];
    return word === "unlimited" ? Infinity : word === undefined ? undefined : Number(word);
  } catch {
    return undefined; // not readable
  }
}

function ofSize(size: number | undefined): Finding {
  if (size === undefined) return note("how large files may be can't be told here");
  if (size === Infinity) return ok("files may have any size");
  if (size >= SCANT_FILE) return note(`files may have ${humanSize(size)}, and so may traces`);
  const told = `files may have ${humanSize(size)} only`;
  const remedy = "raise it: ulimit -f unlimited";
  return size < LEAST_FILE
    ? problem(told, remedy)
    : warning(`${told}: no trace gets larger`, remedy);
}

function ofDescriptors(limit: number | null): Finding {
  if (limit === null) {
    return note("how many files may be open can't be told here, or is not limited");
  }
  if (limit >= SCANT_DESCRIPTORS) {
    return ok(`${limit} files may be open, as for the program itself`);
  }
  return warning(`only ${limit} files may be open`, "raise it: ulimit -n 1024");
}
