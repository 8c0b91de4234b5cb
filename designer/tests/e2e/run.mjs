// Drives the workspace as people do, through the real binary, in Chromium: node tests/e2e/run.mjs [BINARY] [ONLY].
// CHROMIUM names the browser. Pictures of all pages are kept in tests/e2e/out. Ends with 1 when a case fails.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startBrowser, startServer } from './machine.mjs';
import { Stage } from './stage.mjs';
import * as cases from './cases/index.mjs';

const binary = resolve(process.argv[2] ?? '../bin/tenon');
const only = process.argv[3];
const home = mkdtempSync(join(tmpdir(), 'tenon-e2e-'));
const out = new URL('./out/', import.meta.url).pathname;
mkdirSync(out, { recursive: true });

const server = await startServer(binary, join(home, 'data'));
let browser;
let passed = 0;
let failed = 0;
try {
  browser = await startBrowser();
  for (const [name, play] of Object.entries(cases)) {
    if (only && !only.split(",").some((o) => name.includes(o))) continue;
    const stage = new Stage(name, browser, server, out);
    const began = Date.now();
    try {
      await play(stage);
      stage.settle();
      passed++;
      console.log(`ok   ${name} (${Date.now() - began} ms)`);
    } catch (e) {
      failed++;
      await stage.failed();
      console.log(`FAIL ${name}\n${String(e.stack ?? e).replace(/^/gm, '  ')}`);
    }
    await stage.close();
  }
} finally {
  await browser?.close();
  await server.stop();
  rmSync(home, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
