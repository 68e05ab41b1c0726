/** The recorder's memory does not grow with the length of the program. */
import { measure, WORKLOADS } from "../../bench/memory.ts";
import { benchPython } from "../../bench/_recorder.ts";

const SHORT = 100_000;
const LONG = 1_000_000;
const MOST_GROWTH = 20e6;

for (const workload of WORKLOADS) {
  Deno.test(`memory: ${workload.name} of ${LONG} ${workload.unit}`, async () => {
    const python = await benchPython();
    const short = await measure(workload, SHORT, python);
    const long = await measure(workload, LONG, python);
    const size = long[workload.unit];
    // A recording that stopped early would need little memory.
    if (size < 0.99 * LONG) throw new Error(`only ${size} ${workload.unit} were recorded`);
    const growth = long.peakBytes - short.peakBytes;
    if (growth > MOST_GROWTH) {
      throw new Error(
        `${megabytes(long.peakBytes)} for ${LONG} ${workload.unit}, ` +
          `${megabytes(growth)} more than for ${SHORT}; at most ${
            megabytes(MOST_GROWTH)
          } are allowed`,
      );
    }
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
