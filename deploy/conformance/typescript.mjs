// The client that "tenon generate typescript" writes: compiled by tsc --strict and used against the server.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// typescript runs every check and gives those that failed as lines of text.
export async function typescript(binary, url, key) {
  const dir = mkdtempSync(join(tmpdir(), 'tenon-typescript-'));
  const failed = [];
  let count = 1; // the compiler
  try {
    execFileSync(binary, ['generate', 'typescript', '--url', url, '--key', key, '--out', join(dir, 'tenon.ts')]);
    copyFileSync(new URL('use.ts', import.meta.url), join(dir, 'use.ts'));
    writeFileSync(join(dir, 'package.json'), '{"type": "module"}');
    writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({
      compilerOptions: { strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, isolatedModules: true, erasableSyntaxOnly: true, verbatimModuleSyntax: true,
        target: 'es2022', module: 'nodenext', lib: ['es2022', 'dom', 'dom.asynciterable'], types: [] },
      files: ['use.ts'],
    }));
    try {
      execFileSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '--project', dir], { encoding: 'utf8' });
    } catch (e) {
      return { count, failed: [`tsc: ${e.stdout}`] };
    }
    Object.assign(process.env, { TENON_URL: url, TENON_KEY: key });
    const { checks } = await import(pathToFileURL(join(dir, 'use.js')));
    for (const [what, check] of Object.entries(checks)) {
      count++;
      try {
        await check();
      } catch (e) {
        failed.push(`${what}: ${e?.stack ?? e}`);
      }
    }
  } finally {
    rmSync(dir, { recursive: true });
  }
  return { count, failed };
}
