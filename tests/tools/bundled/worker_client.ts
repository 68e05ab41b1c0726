/** What the worker makes: an error's message and stack. */
export async function message(): Promise<[message: string, stack: string]> {
  const module = new URL("./worker_main.ts", import.meta.url);
  const worker = new Worker(module, { type: "module" });
  const answer = await new Promise<[string, string]>((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<[string, string]>) => resolve(data);
  });
  worker.terminate();
  return answer;
}
