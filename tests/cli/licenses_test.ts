import assert from "node:assert/strict";
import { join } from "node:path";
import { billOfMaterials } from "../../src/cli/licenses/bill_of_materials.ts";
import { BUNDLED, OWN_LICENSE } from "../../src/cli/licenses/bundled.ts";
import { licensesCommand } from "../../src/cli/licenses.ts";
import { VERSION } from "../../src/version.ts";
import { ROOT } from "../support/recorder.ts";

/**
 * Names of packages that some module of the program imports; found by reading them. Each is named with its registry: an
 * import map is not in force everywhere.
 */
function imported(): string[] {
  const found = new Set<string>();
  const read = (path: string) => {
    for (
      const [, name = ""] of Deno.readTextFileSync(path).matchAll(/(?: from |import\()"([^"]+)"/g)
    ) {
      if (/^(\.|node:|#)/.test(name) || name === "@codetracer/recorder") continue; // an example in a comment
      const [, ofPackage = `${name}, not by npm:`] = /^npm:(.+)@\^[0-9.]+$/.exec(name) ?? [];
      found.add(ofPackage);
    }
  };
  const walk = (folder: string) => {
    for (const { name, isDirectory } of Deno.readDirSync(folder)) {
      if (isDirectory) walk(join(folder, name));
      else if (name.endsWith(".ts")) read(join(folder, name));
    }
  };
  walk(join(ROOT, "src"));
  read(join(ROOT, "main.ts"));
  read(join(ROOT, "mod.ts"));
  return [...found].sort();
}

Deno.test("what is imported is what is listed, in the version of deno.lock, with its licence", () => {
  assert.deepEqual(BUNDLED.map(({ name }) => name), imported());
  const lock = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.lock")));
  for (const { name, version, license, sha512, text } of BUNDLED) {
    const { integrity } = lock.npm[`${name}@${version}`];
    assert.equal(`sha512-${btoa(bytesOf(sha512))}`, integrity);
    const words = { MIT: /Permission is hereby granted/, "BSD-3-Clause": /Redistribution and use/ };
    assert.match(text.join("\n"), words[license as keyof typeof words], name);
    assert.match(text.join("\n"), /copyright/i, name);
  }
  assert.equal(`${OWN_LICENSE.join("\n")}\n`, Deno.readTextFileSync(join(ROOT, "LICENSE")));
});

function bytesOf(hex: string): string {
  return hex.replace(/../g, (digits) => String.fromCharCode(parseInt(digits, 16)));
}

Deno.test("the bill of materials names each part once, and is the same each time", async () => {
  const bill = JSON.parse(JSON.stringify(await billOfMaterials()));
  assert.deepEqual([bill.bomFormat, bill.specVersion, bill.version], ["CycloneDX", "1.5", 1]);
  assert.match(
    bill.serialNumber,
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  assert.equal(bill.metadata.component.version, VERSION);
  const refs: string[] = bill.components.map((each: Record<string, string>) => each["bom-ref"]);
  assert.equal(new Set(refs).size, refs.length);
  assert.ok(refs.includes("pkg:npm/%40logtape/logtape@" + BUNDLED[0]?.version));
  assert.ok(refs.includes(`deno@${Deno.version.deno}`));
  assert.deepEqual(bill.dependencies.map(({ ref }: { ref: string }) => ref), [
    `ct-recorder@${VERSION}`,
    ...refs,
  ]);
  assert.deepEqual(bill.dependencies[0].dependsOn, refs);
  for (const { licenses, type } of bill.components) {
    assert.match(licenses[0].license.id, /^(MIT|BSD-3-Clause)$/);
    assert.match(type, /^(library|platform)$/);
  }
  assert.deepEqual(JSON.parse(JSON.stringify(await billOfMaterials())), bill);
});

Deno.test("licenses takes no operand", async () => {
  await assert.rejects(licensesCommand(["zod"]), /too many arguments/);
});
