/**
 * Loaded ahead of each test file of `deno task test`: property tests try the same inputs each time, so that what fails
 * with a push is the push's own. CT_PROPERTY_SEED names another seed, `any` leaves it to chance; so does
 * whoever does without this file, as `deno task test:long` does.
 */
import fc from "fast-check";

const given = Deno.env.get("CT_PROPERTY_SEED") ?? "20261121";
if (given !== "any") fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(given) });
