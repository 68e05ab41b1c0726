/** Finds one thing, shows it in the pager, and looks for another one until nobody wants it. */
import { ReaderGone, send, StandardOutput } from "../../src/cli/print/output.ts";
import { PagedOutput, pagerCommand } from "../../src/cli/print/pager.ts";

function* searching(): Generator<string> {
  yield "found one\n";
  for (const start = performance.now(); performance.now() - start < 20_000;) yield "";
}

const paged = new PagedOutput(pagerCommand() ?? "", new StandardOutput());
let status = 1;
try {
  await send(searching(), paged);
} catch (error) {
  if (error instanceof ReaderGone) status = 0;
}
await paged.end().catch(() => {});
Deno.exit(status);
