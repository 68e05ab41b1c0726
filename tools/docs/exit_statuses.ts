/**
 * How programs end, and what each end comes to: the table of `design-docs/exit-statuses.md`, and what
 * `tests/e2e/exit_policy_test.ts` expects of the real command. Written out in literals, so that it is
 * a second opinion on `src/session/exit_state.ts`.
 */
import { type ErrorKind, exitStatus } from "../../src/errors/mod.ts";

/** One way in which a program ends. */
export interface ExitRow {
  /** Names the row in tests. */
  readonly id: string;
  /** For people; Markdown. */
  readonly when: string;
  /** What `<toplevel>` returns: a number, or a marker. */
  readonly root: number | string;
  /** Whether its exception field holds what ended the program. */
  readonly raises: boolean;
  /** `process_exit_status` of the metadata. */
  readonly code: number | null;
  readonly label: string | null;
  /** Status of the command that passes it on. */
  readonly propagated: number;
}

/** The recorder came through. */
export const EXIT_ROWS: readonly ExitRow[] = [
  row("ends", "ends after its last line, `sys.exit()`, `sys.exit(0)`", 0, 0),
  row("exit", "`sys.exit(3)`", 3, 3),
  row("own-exit", "`raise Stop(6)`, a class of its own derived from SystemExit", 6, 6),
  row("os-exit", "`os._exit(4)`", 4, 4),
  row("text", '`sys.exit("text")` (the text is on stderr, as always)', 1, 1),
  { ...row("uncaught", "an uncaught `ValueError`", 1, 1, "ValueError"), raises: true },
  row("terminated", "is killed by SIGTERM", "<signal SIGTERM>", 143, "SIGTERM"),
  row("killed", "is killed by SIGKILL", "<signal SIGKILL>", 137, "SIGKILL"),
  row("real-time", "is killed by a real-time signal", "<signal SIGRTMIN>", 162, "SIGRTMIN"),
  row("exec", "replaces itself by a program that exits with 5", "<exec>", 5, "exec"),
];

/** The recorder failed while the program ran, and `on_recorder_error` is `disable`. */
export const DISABLED_ROOT = "<disabled>";
/** In this case the label of the exit status. */
export const DISABLED_LABEL = "disabled";
/** The root when the recording ended before the program, and nobody said with what. */
export const UNKNOWN_ROOT = "<exit>";

function row(
  id: string,
  when: string,
  root: number | string,
  code: number,
  label: string | null = null,
): ExitRow {
  return { id, when, root, raises: false, code, label, propagated: code };
}

const KINDS: readonly ErrorKind[] = ["Usage", "Environment", "Target", "Internal"];

/** `design-docs/exit-statuses.md`. */
export function exitStatusesPage(): string {
  const rows = EXIT_ROWS.map(({ when, root, raises, code, label, propagated }) => {
    const warned = propagated === 0 ? "0" : "0, and a warning";
    const shown = `\`${root}\`${raises ? ", with the exception" : ""}`;
    return `| ${when} | ${shown} | ${code}, ${label ?? "null"} | ${warned} | ${propagated} |`;
  });
  const kinds = KINDS.map((kind) => `| ${kind} | ${exitStatus(kind)} |`);
  return `<!-- Made by \`deno task docs\` from tools/docs/exit_statuses.ts; don't edit. -->
# Exit statuses

The exit status of \`ct-recorder\` says whether the *recording* succeeded; with \`--propagate-script-exit\`, and only if it
did, how the *program* ended. What the trace says of the program does not depend on that. adr/0008 says why.

## The recorder came through

| the program | \`<toplevel>\` returns | process_exit_status: code, label | exit status | with --propagate-script-exit |
|---|---|---|---|---|
${rows.join("\n")}
| goes on, and the recording was stopped (\`session.stop()\`) | \`${UNKNOWN_ROOT}\`, or the code that \`stop\` was given | null, null, or that code | | |
| any of these, after the recorder failed under \`--on-recorder-error disable\` | \`${DISABLED_ROOT}\`, with the error's code as the exception | the program's, ${DISABLED_LABEL} | as above | as above |
| any of these, with \`--disabled\` | no trace | | as above | as above |

An error ahead of the first line (no valid syntax) is an uncaught exception, of which the trace shows the type alone; limits.md
says when it is not seen.

The warning is one line on stderr with the status and \`--propagate-script-exit\`.

## The recorder failed

Whatever the program returned, and whatever is propagated:

| kind | exit status |
|---|---|
${kinds.join("\n")}

| the recorder fails | \`--on-recorder-error abort\` (default) | \`disable\` |
|---|---|---|
| before the program starts | error; nothing of the program has run, nothing is left behind | the same |
| while the program runs | the program is ended (SIGTERM, after 5 s SIGKILL); error; with \`--keep-partial-trace\` the trace so far is kept, otherwise none | warning; the program goes on, the trace so far is kept, the exit status is the program's (table above) |
| while finishing, when the program has ended | error; no trace | the same |
| while finishing, because somebody asked twice for an end (below) | \`ERR_TRACE_INCOMPLETE\`; no trace | the same |
| and leaves no trace, with \`--require-trace\` | error | \`ERR_TRACE_MISSING\`, also with \`--disabled\`, then before the program starts |

When the program has ended, the recorder still finishes the trace. The first SIGINT, SIGTERM, SIGHUP or SIGQUIT meanwhile
does no harm; the recorder says what it is about, but for \`--quiet\`. A second one gives the trace up. What comes within
0.2 s of the program's end, or of the first, counts as the same wish: Ctrl-C reaches program and recorder.

Ended is the program's own process, nothing else: children that it started go on, as when somebody else kills it, and may
still write to its output after \`ct-recorder\` has exited.

A trace that is not whole says so in its metadata: \`"partial": true\`, with the error's code as \`reason\`.

A program that makes itself invisible (it installs a tracer of its own before Python 3.12) is no failure of the recorder:
the trace is partial, a warning and the JSON trailer say so, and the exit status is that of the first table.

## Other commands

They exit with 0, or by the kind of the error. \`ct-recorder verify\` exits with 0 for a sound trace, also with warnings, and
with 1 for one that has errors (verify.md); \`ct-recorder diff\` with 1 where two recordings differ (diff.md).
\`ct-recorder doctor\` exits with 0 if a recording would work, and with 10 if not.
`;
}
