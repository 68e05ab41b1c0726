/** Which modules of CPython's test suite are recorded, and which of their tests can't pass under any recorder. */
import { accelerator } from "./accelerator.ts";
import { compareModule, type ModuleResult } from "./cpython.ts";
import { pooledAll } from "./pool.ts";
import { type Python, pythons } from "./pythons.ts";

/** A few quick ones, of different kinds. */
export const QUICK_MODULES: readonly string[] = [
  "test_contextlib",
  "test_coroutines",
  "test_raise",
  "test_scope",
  "test_class",
  "test_with",
];

/** All of them. Those of `decimal`, `re`, `collections`, `dict` and most of `json` take too many steps to be checked. */
export const MODULES: readonly string[] = [
  ...QUICK_MODULES,
  "test_abc",
  "test_asyncgen",
  "test_asyncio.test_locks",
  "test_asyncio.test_queues",
  "test_augassign",
  "test_baseexception",
  "test_binop",
  "test_bool",
  "test_configparser",
  "test_contextlib_async",
  "test_copy",
  "test_csv",
  "test_dataclasses",
  "test_decorators",
  "test_defaultdict",
  "test_enumerate",
  "test_except_star",
  "test_exception_group",
  "test_exception_variations",
  "test_fstring",
  "test_functools",
  "test_generators",
  "test_getopt",
  "test_grammar",
  "test_int",
  "test_isinstance",
  "test_iter",
  "test_json.test_decode",
  "test_json.test_dump",
  "test_json.test_fail",
  "test_keywordonlyarg",
  "test_named_expressions",
  "test_operator",
  "test_patma",
  "test_positional_only_arg",
  "test_property",
  "test_reprlib",
  "test_shlex",
  "test_slice",
  "test_string",
  "test_string_literals",
  "test_subclassinit",
  "test_super",
  "test_textwrap",
  "test_tuple",
  "test_type_params",
  "test_types",
  "test_typing",
  "test_userdict",
];

/** The minor version of Python that these came with. */
const SINCE: Readonly<Record<string, number>> = {
  test_contextlib_async: 10,
  test_except_star: 11,
  test_exception_group: 11,
  test_patma: 10,
  test_type_params: 12,
};

interface Known {
  /** As in `test_copy.TestCopy.test_x`. */
  readonly id: string;
  /** The first and the last minor version of Python that it is so on. */
  readonly versions: readonly [number, number];
  readonly reason: string;
  /** Whether it may be no different all the same: with the native accelerator, or at times. */
  readonly mayPass?: "accelerated" | "at times";
}

/** Of `test_patma`: they compare what `locals()` gave with the variables that there were then. */
const KEEP_LOCALS = [204, 205, 206, 207, 208, 209, 210, 211, 212, 213, 246, 247];

/** Those that pass alone and can't under a recorder. That is checked: one that passes all the same is an error. */
const KNOWN: readonly Known[] = [
  {
    id: "test_generators.SignalAndYieldFromTest.test_raise_and_yield_from",
    versions: [8, 15],
    reason:
      "C code raises SIGINT and resumes a generator at once; its handler runs with the next Python code, which " +
      "is a callback's, one bytecode too early",
    mayPass: "accelerated", // whose callbacks are no Python code
  },
  ...["", "Subclass"].flatMap((of) =>
    ["int_to_str", "str_to_int"].map((what): Known => ({
      id: `test_int.Int${of}StrDigitLimitsTests.test_denial_of_service_prevented_${what}`,
      versions: [8, 15],
      reason: "it measures time, and is skipped where the machine is too busy for that",
      mayPass: "at times",
    }))
  ),
  ...KEEP_LOCALS.map((number): Known => ({
    id: `test_patma.TestPatma.test_patma_${number}`,
    versions: [10, 11],
    reason:
      "sys.settrace itself fills the dict that locals() gave with the variables that come later",
  })),
];

/** A module's result under one Python. */
export interface Row extends ModuleResult {
  readonly module: string;
  readonly version: string;
}

/**
 * Runs each module under each of the versions that has it, one per core at a time; `tell` hears of each as it ends.
 * `accelerated`: with the native accelerator, under the versions that have one.
 */
export async function compareAll(
  versions: readonly string[],
  modules: readonly string[],
  { tell = () => {}, accelerated = false }: {
    readonly tell?: (row: Row) => void;
    readonly accelerated?: boolean;
  } = {},
): Promise<Row[]> {
  const have = await pythons();
  const jobs: { readonly module: string; readonly python: Python }[] = [];
  for (const module of modules) {
    for (const version of versions) {
      const python = have.get(version);
      if (python !== undefined && python.minor >= (SINCE[module] ?? 0)) {
        jobs.push({ module, python });
      }
    }
  }
  return await pooledAll(jobs, async ({ module, python }) => {
    const folder = accelerated ? await accelerator(python) : null;
    const differing = KNOWN.filter(({ id, versions: [first, last] }) =>
      id.startsWith(`${module}.`) && first <= python.minor && python.minor <= last
    );
    const mayPass = (one: Known) =>
      one.mayPass === "at times" || one.mayPass === "accelerated" && folder !== null;
    const idsOf = (some: readonly Known[]) => new Set(some.map(({ id }) => id));
    const expected = {
      known: idsOf(differing.filter((one) => !mayPass(one))),
      either: idsOf(differing.filter(mayPass)),
    };
    const result = await compareModule(python, module, expected, folder ?? "off");
    const row = { ...result, module, version: python.version };
    tell(row);
    return row;
  });
}

/** All that is not as it should be, ready to be read. */
export function problemsOf(rows: readonly Row[]): string[] {
  return rows.flatMap(({ module, version, differences }) =>
    differences.map((difference) => `python ${version}, ${module}: ${difference}`)
  );
}
