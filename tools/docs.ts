/**
 * Writes the pages of `design-docs/` that are made from tables in the source.
 *
 * Run by `deno task docs`; `deno task docs --check` fails when a page is out of date.
 */
import { errorCodesPage } from "./docs/error_codes.ts";
import { exitStatusesPage } from "./docs/exit_statuses.ts";
import { findingsPage } from "./docs/findings.ts";
import { settingsPage } from "./docs/settings.ts";

interface Page {
  /** Below the project's folder. */
  readonly path: string;
  /** The whole text, with a line's end at its end. */
  readonly render: () => string;
}

const PAGES: readonly Page[] = [
  { path: "design-docs/configuration.md", render: settingsPage },
  { path: "design-docs/error-codes.md", render: errorCodesPage },
  { path: "design-docs/exit-statuses.md", render: exitStatusesPage },
  { path: "design-docs/verify.md", render: findingsPage },
];

const root = new URL("../", import.meta.url);
const checking = Deno.args.includes("--check");

function contentOf(path: string): string | null {
  try {
    return Deno.readTextFileSync(new URL(path, root));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

for (const { path, render } of PAGES) {
  const text = render();
  if (contentOf(path) === text) continue;
  if (checking) {
    console.error(`${path} is out of date: run \`deno task docs\``);
    Deno.exitCode = 1;
  } else {
    Deno.writeTextFileSync(new URL(path, root), text);
  }
}
