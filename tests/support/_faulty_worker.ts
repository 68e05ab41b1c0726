/// <reference lib="deno.worker" />
// See with_faults.ts. In this order, and without waiting: a message that comes before the worker listens is lost.
import "./_broken_worker.ts";
import "../../src/recording/trace_worker_main.ts";
