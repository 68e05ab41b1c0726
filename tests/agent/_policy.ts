import type { RecorderPolicy } from "../../src/policy/mod.ts";

/** What the agent is told of the policy, where a test looks at something else. */
export const POLICY = {
  io_capture: "proxies",
  module_name_from_globals: true,
  value_max_depth: 3,
  value_max_items: 10,
  value_max_bytes: 100,
} as RecorderPolicy;
