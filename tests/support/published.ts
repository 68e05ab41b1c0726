/** Serves what `deno publish` would publish, as a registry does. */
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./processes.ts";
import { ROOT } from "./recorder.ts";

/** The served files. */
export interface Published extends AsyncDisposable {
  /** Ends with a slash. */
  readonly address: string;
  /** What was asked for and is not published. */
  readonly missing: readonly string[];
}

/** Serves them on a port of their own. */
export async function servePublished(): Promise<Published> {
  const files = new Set(await publishedFiles());
  const { imports } = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const missing: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const name = new URL(request.url).pathname.slice(1);
    if (!files.has(name)) {
      missing.push(name);
      return new Response(null, { status: 404 });
    }
    const text = Deno.readTextFileSync(join(ROOT, name));
    if (!name.endsWith(".ts")) return new Response(text);
    return new Response(withoutImportMap(text, imports), {
      headers: { "content-type": "application/typescript" },
    });
  });
  return {
    address: `http://127.0.0.1:${server.addr.port}/`,
    missing,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

/** Their paths below the project, from what Deno says that it would publish. */
async function publishedFiles(): Promise<string[]> {
  const flags = ["--dry-run", "--allow-dirty", "--no-check", "--allow-slow-types"];
  const { status, stdout, stderr } = await run([Deno.execPath(), "publish", ...flags], {
    cwd: ROOT,
    env: { NO_COLOR: "1" },
  });
  const urls = `${stdout}\n${stderr}`.match(/^ +file:\S+/gm);
  if (status !== 0 || urls === null) throw new Error(`nothing would be published: ${stderr}`);
  return urls.map((url) => relative(ROOT, fileURLToPath(url.trim())));
}

/** A module as JSR has it: what the import map says stands in the module. */
function withoutImportMap(text: string, imports: Readonly<Record<string, string>>): string {
  return text.replace(
    /^(.*\bfrom |.*\bimport\()"([^".]+)"/gm,
    (all, before, name) => imports[name] === undefined ? all : `${before}"${imports[name]}"`,
  );
}
