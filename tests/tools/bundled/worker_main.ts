/// <reference lib="deno.worker" />
import { failure } from "./shared.ts";

declare const self: DedicatedWorkerGlobalScope;

self.postMessage(failure().message);
