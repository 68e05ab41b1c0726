/** Compiled filters in the form that the agent is fastest with. */
import type { CompiledFilter } from "./compiled.ts";
import { TABLES } from "./tables_compiled.ts";

/** The same filters, with tables in the place of those machines that there are some for. */
export function withTables(filter: CompiledFilter): CompiledFilter {
  return { ...filter, matchers: filter.matchers.map((matcher) => TABLES[matcher] ?? matcher) };
}
