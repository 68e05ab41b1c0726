/**
 * Settings: what there is, where values come from, which source won.
 *
 * @module
 */
export * from "./resolve.ts";
export {
  type RecorderPolicy,
  type Setting,
  SETTING_NAMES,
  type SettingName,
  SETTINGS,
} from "./settings.ts";
