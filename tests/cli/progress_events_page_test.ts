/** The events for a parent process, against the page that describes them. */
import assert from "node:assert/strict";
import { ProgressEvents } from "../../src/cli/progress_events.ts";
import { environmentError } from "../../src/errors/mod.ts";
import { Counters } from "../../src/session/counters.ts";
import type { Session } from "../../src/session/session.ts";
import type { SessionOutcome } from "../../src/session/types.ts";

/** Fields by event; those of a field's object stand as `field.name`. */
type Fields = Map<string, Set<string>>;

function documented(): Fields {
  const page = Deno.readTextFileSync(new URL("../../design-docs/embedding.md", import.meta.url));
  const names = (text: string) => [...text.matchAll(/`([a-z_]+)`/g)].map(([, name = ""]) => name);
  const all = names(/^All have .*?\./m.exec(page)?.[0] ?? "");
  const [, table = ""] = page.split("| event | when | fields |\n|---|---|---|\n");
  const fields: Fields = new Map();
  for (const row of table.split("\n\n", 1)[0]!.split("\n")) { // holds: split gives one at least
    const [event = "", , cell = ""] = row.split("|").slice(1).map((text) => text.trim());
    const found = new Set(all);
    for (const [, field = "", inside = ""] of cell.matchAll(/`([a-z_]+)`(?: \(([^)]*)\))?/g)) {
      found.add(field);
      for (const name of names(inside)) found.add(`${field}.${name}`);
    }
    fields.set(names(event)[0] ?? "", found);
  }
  return fields;
}

/** The lines that a recording tells, whose program is running as `session` says. */
async function told(last: (events: ProgressEvents) => Promise<void>): Promise<Fields> {
  const file = await Deno.makeTempFile();
  const lines = () => Deno.readTextFileSync(file).split("\n").slice(0, -1);
  const setIntervalBefore = globalThis.setInterval;
  try {
    let tick = () => {};
    globalThis.setInterval = ((body: () => void) => {
      tick = body;
      return 0;
    }) as unknown as typeof setInterval;
    const events = await ProgressEvents.open(file, "01890a5d-ac96-774b-bcce-b302099a8057");
    events.started(SESSION);
    while (lines().length < 2) {
      tick();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await last(events);
    const fields: Fields = new Map();
    for (const line of lines()) {
      const event: Record<string, unknown> = JSON.parse(line);
      const inside = (name: string) =>
        Object.keys(event[name] ?? {}).map((key) => `${name}.${key}`);
      const names = [...Object.keys(event), ...inside("exit"), ...inside("error")];
      fields.set(String(event.event), new Set(names));
    }
    return fields;
  } finally {
    globalThis.setInterval = setIntervalBefore;
    await Deno.remove(file);
  }
}

const SESSION = {
  pid: 7,
  tracePath: "/t/app.ct",
  progress: { steps: 1, bytes: 2 },
  kept: null,
  terminated: false,
} as Session;

const OUTCOME: SessionOutcome = {
  status: { code: 0, signal: null },
  state: { kind: "exited", code: 0 },
  trace: {
    path: "/t/app.ct",
    bytes: 2,
    counts: { steps: 1, calls: 1, events: 0 },
    partial: null,
    unrecordedChildren: 0,
  },
  failure: null,
  lost: null,
  counters: new Counters().snapshot(),
  warnings: [],
};

Deno.test("the page for parent processes has every event and field that is told, and no other", async () => {
  const finished = await told((events) => events.finished(OUTCOME, 0));
  const failed = await told((events) =>
    events.failed(environmentError("ERR_IO", "The disk is full"), SESSION, 10)
  );
  assert.deepEqual(new Map([...finished, ...failed]), documented());
});
