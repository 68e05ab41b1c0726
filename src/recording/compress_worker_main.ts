/// <reference lib="deno.worker" />
/** Entry of the worker that compresses chunks: it gets the memory to do that in, and has no permission at all. */
import { serveCompressor } from "../trace/serve_compressor.ts";

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = ({ data }: MessageEvent<SharedArrayBuffer>) => serveCompressor(data);
