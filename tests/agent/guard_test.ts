/** What the agent's guard does with Ctrl-C that has hit the agent itself, on Pythons where it is sent again. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { run } from "../support/processes.ts";
import { forEachPython, needsPythons } from "../support/pythons.ts";

const VERSIONS = ["3.8", "3.11"];
needsPythons(VERSIONS);

const AGENT = fileURLToPath(new URL("../../src/agent/python/", import.meta.url));

/** `hit` is the agent's, by the name of its file. Nothing comes by that would collect garbage. */
const PROGRAM = `import gc, signal, sys, _thread
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import _ct_guard, _ct_ring
ring = _ct_ring.Ring.__new__(_ct_ring.Ring)
ring.inside, ring.backlog, ring.lock = set(), [], _thread.RLock()
agents = {"signal": signal, "ring": ring}
exec(compile('''
def callback(hit, swallow):
    try:
        hit()
    except BaseException as error:
        held = swallow(error)
        if not held:
            raise
        return "held"

def interrupt(*_):
    signal.raise_signal(number)
    for _ in range(9): pass

def kept_by_a_frame():
    try:
        interrupt()
    except KeyboardInterrupt as error:
        kept = error
    raise kept

def kept_while_another_is_handled():
    try:
        [].pop()
    except IndexError as error:
        kept = error
        kept_by_a_frame()

def while_the_ring_is_full():
    ring._advance = interrupt
    ring.advance(b"")
''', _ct_guard.OWN_FOLDER + "hit.py", "exec"), agents)
swallow = _ct_guard.make_guard(None, _thread.get_ident())

def outcome(name):
    try:
        said = agents["callback"](agents[name], swallow)
        for _ in range(9): pass
        return said
    except KeyboardInterrupt as error:
        last = error.__traceback__
        while last.tb_next is not None: last = last.tb_next
        return last.tb_frame.f_code.co_name

gc.disable()
agents["number"] = signal.SIGINT
for name in "interrupt", "kept_by_a_frame", "kept_while_another_is_handled", "while_the_ring_is_full":
    print(outcome(name))
agents["number"] = signal.SIGALRM
signal.signal(signal.SIGALRM, signal.default_int_handler)
for ours in signal.default_int_handler, signal.SIG_IGN, lambda *_: print("called"):
    signal.signal(signal.SIGINT, ours)
    print(outcome("interrupt"))
`;

Deno.test("Ctrl-C that hits the agent comes again as soon as that is left, whatever holds on to its frames", async (t) => {
  await forEachPython(t, VERSIONS, async (python) => {
    const { stdout, stderr } = await run([python.path, "-c", PROGRAM, AGENT], {});
    const again = ["outcome", "outcome", "outcome", "outcome"];
    // Sent as SIGINT where that is Ctrl-C; what means something else is not sent for it.
    assert.deepEqual(
      stdout.trim().split("\n"),
      [...again, "outcome", "interrupt", "interrupt"],
      stderr,
    );
  });
});
