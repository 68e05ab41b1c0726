/// <reference lib="deno.worker" />
/** The worker of a trial. */
import { attempt, type TrialRequest } from "./trial_attempts.ts";

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = ({ data }: MessageEvent<TrialRequest>) => self.postMessage(attempt(data));
