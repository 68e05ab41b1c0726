/// <reference lib="deno.worker" />
import { failure } from "./shared.ts";

declare const self: DedicatedWorkerGlobalScope;

const { message, stack } = failure();
self.postMessage([message, stack]);
