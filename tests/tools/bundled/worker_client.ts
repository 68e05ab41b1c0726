export async function message(): Promise<unknown> {
  const module = new URL("./worker_main.ts", import.meta.url);
  const worker = new Worker(module, { type: "module" });
  const answer = await new Promise((resolve) => {
    worker.onmessage = ({ data }: MessageEvent<unknown>) => resolve(data);
  });
  worker.terminate();
  return answer;
}
