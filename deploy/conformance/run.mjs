// Starts the server on a new data directory with the standard packages, or with the package of a directory alone, and
// holds its GraphQL doors to their specifications: node run.mjs [BINARY [DIR]]. Ends with 1 when a check fails.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { audit } from './audit.mjs';
import { introspection } from './introspection.mjs';
import { streams } from './streams.mjs';
import { typescript } from './typescript.mjs';

const binary = resolve(process.argv[2] ?? '../../bin/tenon');
const only = process.argv[3];
const data = mkdtempSync(join(tmpdir(), 'tenon-conformance-'));
const server = spawn(binary, ['serve', '--data', data, '--addr', '127.0.0.1:0', ...(only ? ['--bare'] : [])], { env: { ...process.env, TENON_LANG: 'en' }, stdio: ['ignore', 'pipe', 'inherit'] });

try {
  const url = await address();
  if (only) execFileSync(binary, ['apply', '--data', data, only]);
  const key = execFileSync(binary, ['key', 'create', '--data', data], { encoding: 'utf8' }).trim().split('\n').pop();
  const headers = { authorization: `Bearer ${key}` };
  report('audits of /graphql', await audit(`${url}/graphql`, headers));
  report('audits of /admin/graphql', await audit(`${url}/admin/graphql`, headers));
  report('parts of the schema', await introspection(`${url}/graphql`, `${url}/graphql/schema.graphql`, headers));
  report('checks of subscriptions', await streams(`${url}/graphql`, headers));
  report('checks of the TypeScript client', await typescript(binary, url, key));
} finally {
  server.kill();
  await new Promise((done) => server.once('exit', done));
  rmSync(data, { recursive: true });
}

// address waits for the server to say where it is.
function address() {
  return new Promise((found, failed) => {
    let out = '';
    server.stdout.on('data', (chunk) => {
      const at = (out += chunk).match(/http:\/\/\S+/);
      if (at) found(at[0]);
    });
    server.once('exit', (code) => failed(new Error(`the server ended with ${code}`)));
  });
}

function report(what, { count, failed }) {
  for (const line of failed) console.log(line);
  console.log(`${count} ${what}, ${failed.length} failed`);
  if (failed.length > 0 || count === 0) process.exitCode = 1;
}
