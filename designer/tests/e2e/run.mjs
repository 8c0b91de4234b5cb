// Drives the workspace as people do, through the real binary, in Chromium: node tests/e2e/run.mjs [BINARY] [ONLY].
// CHROMIUM names the browser. Pictures of all pages are kept in tests/e2e/out. Ends with 1 when a case fails.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startBrowser, startServer } from './machine.mjs';
import { Stage } from './stage.mjs';
import * as first from './cases/index.mjs';
import * as beside from './cases/beside.mjs';

const binary = resolve(process.argv[2] ?? '../bin/tenon');
const only = process.argv[3]?.split(',');
const home = mkdtempSync(join(tmpdir(), 'tenon-e2e-'));
const out = new URL('./out/', import.meta.url).pathname;
mkdirSync(out, { recursive: true });

/** lane plays cases one after another, on a server and in a browser of its own, and gives how many passed and failed. */
async function lane(name, cases) {
  const chosen = Object.entries(cases).filter(([of]) => !only || only.some((o) => of.includes(o)));
  let failed = 0;
  if (chosen.length === 0) return { passed: 0, failed };
  const server = await startServer(binary, join(home, name));
  let browser;
  try {
    browser = await startBrowser();
    for (const [of, play] of chosen) if (!(await passes(new Stage(of, browser, server, out), play))) failed++;
  } finally {
    await browser?.close();
    await server.stop();
  }
  return { passed: chosen.length - failed, failed };
}

async function passes(stage, play) {
  const began = Date.now();
  try {
    await play(stage);
    stage.settle();
    console.log(`ok   ${stage.name} (${Date.now() - began} ms)`);
    return true;
  } catch (e) {
    await stage.failed();
    console.log(`FAIL ${stage.name}\n${String(e.stack ?? e).replace(/^/gm, '  ')}`);
    return false;
  } finally {
    await stage.close();
  }
}

const lanes = await Promise.allSettled([lane('first', first), lane('beside', beside)]);
rmSync(home, { recursive: true, force: true });
for (const { reason } of lanes) if (reason) throw reason;
const [passed, failed] = ['passed', 'failed'].map((of) => lanes.reduce((n, { value }) => n + value[of], 0));
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0 || passed === 0) process.exitCode = 1;
