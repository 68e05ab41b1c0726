/** The bill of materials, in CycloneDX 1.5. */
import { VERSION } from "../../version.ts";
import { sha256Hex } from "../../text/sha256.ts";
import { BUNDLED } from "./bundled.ts";
import { runtimeParts } from "./runtime.ts";

/** The document; the same for the same program on the same runtime. */
export async function billOfMaterials(): Promise<Record<string, unknown>> {
  const packages = BUNDLED.map(({ name, version, license, homepage, sha512 }) => {
    const purl = `pkg:npm/${name.replace("@", "%40")}@${version}`;
    return {
      type: "library",
      "bom-ref": purl,
      name,
      version,
      purl,
      licenses: [{ license: { id: license } }],
      hashes: [{ alg: "SHA-512", content: sha512 }],
      externalReferences: [{ type: "website", url: homepage }],
    };
  });
  const runtime = runtimeParts().map(({ name, version, license, notices }) => ({
    type: name === "deno" ? "platform" : "library",
    "bom-ref": `${name}@${version}`,
    name,
    version,
    licenses: [{ license: { id: license } }],
    externalReferences: notices.map((url) => ({ type: "license", url })),
  }));
  const components = [...packages, ...runtime];
  const own = `ct-recorder@${VERSION}`;
  const document = {
    version: 1,
    metadata: {
      component: {
        type: "application",
        "bom-ref": own,
        name: "ct-recorder",
        version: VERSION,
        licenses: [{ license: { id: "MIT" } }],
      },
    },
    components,
    dependencies: [
      { ref: own, dependsOn: components.map((component) => component["bom-ref"]) },
      ...components.map((component) => ({ ref: component["bom-ref"], dependsOn: [] })),
    ],
  };
  const serialNumber = `urn:uuid:${await uuidOf(JSON.stringify(document))}`;
  return { bomFormat: "CycloneDX", specVersion: "1.5", serialNumber, ...document };
}

/** A UUID of version 8, made from a hash of the text. */
async function uuidOf(text: string): Promise<string> {
  const digits = await sha256Hex(text);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join("-");
}
