/**
 * One record of a legacy trace, whatever it was stored in: its name, and what serde makes of its
 * content (`Step`, `{path_id: 0, line: 3}`), as it came and unchecked.
 *
 * - `Path`, `VariableName`, `Variable`: a text, the next of its table.
 * - `Type` `{lang_type, specific_info?: {kind, fields?: [{name}]}}`, `Function` `{path_id, line, name}`.
 * - `Step` `{path_id, line}`, `DropLastStep`.
 * - `Call` `{function_id, args: [{variable_id, value}]}`, `Return` `{return_value}`.
 * - `Value` `{variable_id, value}`, `Event` `{kind, metadata, content}`.
 * - `CompoundValue`, `CellValue` `{place, value}`, `AssignCell` `{place, new_value}`,
 *   `AssignCompoundItem` `{place, index, item_place}`, `VariableCell` `{variable_id, place}`,
 *   `DropVariable` an id, `DropVariables` ids.
 * - `ThreadStart`, `ThreadSwitch`, `ThreadExit`: an id.
 * - `BindVariable`, `Assignment`, `Asm`: not looked into.
 */
export interface LegacyRecord {
  readonly name: string;
  readonly body: unknown;
}
