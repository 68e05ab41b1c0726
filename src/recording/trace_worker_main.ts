/// <reference lib="deno.worker" />
/** Entry of the worker: nothing but the connection, so that `trace_worker.ts` can be tested without one. */
import { dropPermissions } from "../sandbox/drop_permissions.ts";
import { serve } from "./trace_worker.ts";

declare const self: DedicatedWorkerGlobalScope;

serve(self, dropPermissions);
