/** Serves what `deno publish` would publish, as JSR does: each file at an address, and what `jsr:` needs beside them. */
import { createHash } from "node:crypto";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./processes.ts";
import { ROOT } from "./recorder.ts";

/** The served files. */
export interface Published extends AsyncDisposable {
  /** For JSR_URL; ends with a slash. */
  readonly registry: string;
  /** Where the files are; ends with a slash. */
  readonly address: string;
  /** What was asked for and is not published. */
  readonly missing: readonly string[];
}

/** Serves them on a port of their own. */
export async function servePublished(): Promise<Published> {
  const config = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")));
  const { name, version, exports } = config;
  const served = new Map<string, string>();
  const manifest: Record<string, unknown> = {};
  for (const file of await publishedFiles()) {
    const text = await Deno.readTextFile(join(ROOT, file));
    served.set(`/${name}/${version}/${file}`, text);
    manifest[`/${file}`] = {
      size: new TextEncoder().encode(text).length,
      checksum: `sha256-${createHash("sha256").update(text).digest("hex")}`,
    };
  }
  const versions = { latest: version, versions: { [version]: {} } };
  served.set(`/${name}/meta.json`, JSON.stringify(versions));
  served.set(`/${name}/${version}_meta.json`, JSON.stringify({ manifest, exports }));

  const missing: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const { pathname } = new URL(request.url);
    const text = served.get(pathname);
    if (text !== undefined) {
      const type = pathname.endsWith(".ts") ? "application/typescript" : "application/json";
      return new Response(text, { headers: { "content-type": type } });
    }
    missing.push(pathname);
    return new Response(null, { status: 404 });
  });
  const registry = `http://127.0.0.1:${server.addr.port}/`;
  return {
    registry,
    address: `${registry}${name}/${version}/`,
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
