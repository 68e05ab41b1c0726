/**
 * Settings: what there is, where values come from, which source won.
 *
 * @module
 */
export { CONFIG_FILE, CONFIG_FOLDER } from "./config_file.ts";
export * from "./configure.ts";
export * from "./load.ts";
export * from "./resolve.ts";
export {
  type RecorderPolicy,
  type Setting,
  SETTING_NAMES,
  type SettingName,
  SETTINGS,
  type SettingValue,
} from "./settings.ts";
export * from "./snapshot.ts";
export { CALLER, describeSource, isStronger, type PolicySource } from "./source.ts";
