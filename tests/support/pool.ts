import { AsyncLocalStorage } from "node:async_hooks";

/**
 * Keeps every core busy without starting more processes than there are cores: the end-to-end tests are
 * made of many short runs, and each waits for its processes.
 */
const width = Math.max(2, navigator.hardwareConcurrency);

let running = 0;
const waiting: (() => void)[] = [];

/** Set in what a job does: what that asks for is a part of it, and must not wait for jobs that wait for theirs. */
const inJob = new AsyncLocalStorage<true>();

/** Runs `work` as soon as fewer than one job per core is under way; inside of a job at once. */
export async function pooled<T>(work: () => Promise<T>): Promise<T> {
  if (inJob.getStore()) return await work();
  if (running >= width) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    return await inJob.run(true, work);
  } finally {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }
}

/** Runs `work` on all items, pooled; fails with every failure, not just the first. */
export async function pooledAll<T, R>(
  items: Iterable<T>,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const settled = await Promise.allSettled(
    Array.from(items, (item) => pooled(() => work(item))),
  );
  const failures = settled.filter((result) => result.status === "rejected");
  if (failures.length === 1) throw failures[0]!.reason;
  if (failures.length > 1) {
    throw new AggregateError(
      failures.map((failure) => failure.reason),
      failures.map((failure) => String(failure.reason?.message ?? failure.reason)).join("\n\n"),
    );
  }
  return settled.map((result) => (result as PromiseFulfilledResult<R>).value);
}
