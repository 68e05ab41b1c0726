import { checkArgument, isObject, type Wanted } from "../errors/arguments.ts";
import { configurePolicy } from "./configure.ts";
import { isResolved, type ResolvedPolicy } from "./resolve.ts";
import { SETTING_NAMES } from "./settings.ts";

/**
 * A policy that a calling program hands over: one that was resolved here, or a copy of one, such as by way of JSON, whose
 * values are checked again.
 *
 * @param failed What can't be done with another one, for the message.
 * @throws {UsageError} ERR_USAGE: it is something else; ERR_INVALID_POLICY_VALUE.
 */
export async function givenPolicy(failed: string, given: unknown): Promise<ResolvedPolicy> {
  if (isResolved(given)) return given;
  checkArgument(failed, "policy", given, POLICY);
  const { policy: settings, sources, configFile } = given as ResolvedPolicy; // holds: just checked
  const { policy } = await configurePolicy({ settings });
  return { policy, sources, configFile };
}

const POLICY: Wanted = {
  is: (value) =>
    isObject(value) && isObject(value.policy) && isObject(value.sources) &&
    Object.keys(value.policy).length === SETTING_NAMES.length &&
    hasSources(value.sources) &&
    (value.configFile === null || typeof value.configFile === "string"),
  words: "what configurePolicy returns",
};

function hasSources(sources: Readonly<Record<string, unknown>>): boolean {
  return SETTING_NAMES.every((name) => {
    const source = sources[name];
    return isObject(source) && typeof source.kind === "string" &&
      (source.kind === "default" || typeof source.name === "string");
  });
}
