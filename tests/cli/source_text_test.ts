import assert from "node:assert/strict";
import { printCommand } from "../../src/cli/print.ts";
import { decodeSource } from "../../src/text/source_text.ts";
import { anyPython } from "../support/pythons.ts";
import { inTempFolder, writeTrace } from "../trace/_write_trace.ts";

const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));

/** What a source begins with, the encoding that follows from it, and characters that this one has. */
const SOURCES: readonly (readonly [head: string, encoding: string, text: string])[] = [
  ["", "utf-8", "é ü 鍵"],
  ["# -*- coding: latin-1 -*-\n", "latin-1", "é ü ß"],
  ["# -*- coding: ISO_8859_1 -*-\n", "latin-1", "é ü ß"],
  ["#!/usr/bin/python\r\n# vim: set fileencoding=cp1252 :\r\n", "cp1252", "é “x” €"],
  ["\n#coding=iso-8859-15\n", "iso-8859-15", "é €"],
  [" \t\f# coding:koi8-r\n", "koi8-r", "ключ"],
  ["# coding: cp1251\n", "cp1251", "ключ"],
  ["# coding: euc_jp\n", "euc_jp", "鍵"],
  ["# coding: cp932\n", "cp932", "鍵"],
  ["# coding: gbk\n", "gbk", "钥匙"],
  ["# coding: big5\n", "big5", "鑰匙"],
  ["# coding: cp949\n", "cp949", "열쇠"],
  ["# coding: utf_8_sig\n", "utf-8", "é"],
  ["x = 1\n# coding: latin-1\n", "utf-8", "é"],
  ["# one\n# two\n# coding: latin-1\n", "utf-8", "é"],
  ["'# coding: latin-1'\n", "utf-8", "é"],
  ["\ufeff# coding: utf-8\n", "utf-8", "é"],
];

/** Encodes each source, and says what Python itself reads. */
const READ = `
import base64, io, json, sys, tokenize
for head, encoding, text in json.load(sys.stdin):
    raw = (head + "# " + text + "\\n").encode(encoding)
    read = io.BytesIO(raw)
    found = tokenize.detect_encoding(read.readline)[0]
    print(json.dumps([base64.b64encode(raw).decode(), raw.decode(found)]))
`;

Deno.test("a source is read in the encoding that Python reads it in", async () => {
  const { path } = await anyPython();
  const child = new Deno.Command(path, {
    args: ["-c", READ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(SOURCES)));
  await writer.close();
  const { stdout, success } = await child.output();
  assert.ok(success);
  const answers = new TextDecoder().decode(stdout).trimEnd().split("\n");
  assert.equal(answers.length, SOURCES.length);
  for (const [number, answer] of answers.entries()) {
    const [raw, read] = JSON.parse(answer) as [string, string];
    assert.equal(decodeSource(bytes(atob(raw))), read, SOURCES[number]?.[0]);
    assert.ok(read.includes(SOURCES[number]![2]), "the source says what it should");
  }
});

Deno.test("what is no encoding, or not known, is UTF-8 with replacement", () => {
  for (const name of ["nonsense", "cp437", "utf-16", "iso-2022-kr", "x".repeat(5000)]) {
    assert.equal(decodeSource(bytes(`# coding: ${name}\na\xe9`)), `# coding: ${name}\na\ufffd`);
  }
  assert.equal(decodeSource(new Uint8Array(0)), "");
});

Deno.test("print shows such lines, from the trace and from the disk", async () => {
  await inTempFolder(async (folder) => {
    const text = bytes("# coding: latin-1\nx = 'h\xe9'\n");
    for (const [name, isKept] of [["kept", true], ["disk", false]] as const) {
      writeTrace(`${folder}/${name}.ct`, (writer) => {
        const id = writer.pathId(`${folder}/${name}.py`, [20, 9]);
        if (isKept) writer.source(id, text);
        writer.step(writer.position(id, 2, 1));
      });
      if (!isKept) Deno.writeFileSync(`${folder}/${name}.py`, text);
      let shown = "";
      const sink = { write: (part: string) => shown += part, flush: () => {}, colours: false };
      await printCommand([`${folder}/${name}.ct`], sink);
      assert.match(shown, /^0 .*:2 +x = 'hé'$/m);
    }
  });
});
