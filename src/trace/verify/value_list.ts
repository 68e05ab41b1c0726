import type { FindingPlace, Findings } from "./findings.ts";
import type { Scanner } from "./scanner.ts";
import { ValueCheck } from "./value_check.ts";

/** Reports what is wrong with values in records, and with the variables that they belong to. */
export class ValueReport {
  readonly #file: string;
  readonly #variables: number;
  readonly #findings: Findings;
  readonly #check: ValueCheck;

  /**
   * @param file Where the values stand.
   * @param types Number of types.
   * @param variables Number of names of variables.
   */
  constructor(file: string, types: number, variables: number, findings: Findings) {
    this.#file = file;
    this.#variables = variables;
    this.#findings = findings;
    this.#check = new ValueCheck(types);
  }

  /**
   * Checks the value in `bytes[start .. end)` of a record.
   *
   * @param recordStart What offsets count from.
   * @returns Whether there is nothing to say about it.
   */
  value(
    bytes: Uint8Array,
    start: number,
    end: number,
    record: number,
    recordStart: number,
  ): boolean {
    const check = this.#check;
    if (check.check(bytes, start, end)) return true;
    const where: FindingPlace = {
      file: this.#file,
      record,
      offset: start - recordStart + (check.problem === null ? 0 : check.problemAt),
    };
    if (check.oneReaderKind !== null) {
      this.#findings.add("value-readers", where, () => `kind ${check.oneReaderKind}`);
    }
    if (check.problem !== null) this.#findings.add(check.problem, where, () => check.detail);
    return false;
  }

  /** Says so if there is no such variable. */
  variable(id: number, record: number): void {
    if (id < this.#variables) return;
    this.#findings.add(
      "variable-id",
      { file: this.#file, record },
      () => `variable ${id} of ${this.#variables}`,
    );
  }

  /** Says what a scanner stumbled over in a record that began at `recordStart`. */
  form(scanner: Scanner, record: number, recordStart: number): void {
    const { problem, problemAt, detail } = scanner;
    if (problem !== null) {
      const where = { file: this.#file, record, offset: problemAt - recordStart };
      this.#findings.add(problem, where, () => detail);
    } else if (scanner.padded) {
      this.#findings.add("number-padded", { file: this.#file, record }, () => "");
    }
  }
}
