/** The recorder's memory does not grow with the length of the program, nor much with what its variables hold. */
import { measure, SIZES, WORKLOADS } from "../../bench/memory.ts";
import { benchPython } from "../../bench/_recorder.ts";

const MOST_GROWTH = 20e6;
/** What any of them may take beyond the first, a loop of numbers. */
const MOST_BEYOND = 60e6;

let simplest: Promise<number> | undefined;

for (const workload of WORKLOADS) {
  const [SHORT, LONG] = workload.sizes ?? SIZES;
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
    simplest ??= measure(WORKLOADS[0]!, SIZES[0], python).then(({ peakBytes }) => peakBytes); // holds: there are some
    const beyond = long.peakBytes - await simplest;
    if (beyond > MOST_BEYOND) {
      throw new Error(
        `${megabytes(beyond)} more than a loop; at most ${megabytes(MOST_BEYOND)} are allowed`,
      );
    }
  });
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
