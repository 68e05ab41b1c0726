/** Whether there is a file at `path`, or a link to one. False without permission to look. */
export function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false; // not there, or not for us
  }
}
