// Packs what Vite built: each file of dist/assets as Brotli and gzip in place of itself, and routes.json, which
// tells the server what to name in the page for whom. Run after `vite build`.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

// routes are patterns of paths, the modules that their pages are in, and what these ask for first; the first that fits counts.
const routes = [
  ['^/signin$', 'src/workspace/signin/index.tsx'],
  ['^/invite$', 'src/workspace/signin/invite.tsx'],
  ['^/enrol$', 'src/workspace/account/enrol.tsx'],
  ['^/me$', 'src/workspace/account/index.tsx', '/api/meta'],
  ['^/notices$', 'src/workspace/notices/index.tsx', '/api/meta'],
  ['^/$', 'src/workspace/home/index.tsx', '/api/meta'],
  ['^/app/', 'src/workspace/home/app.tsx', '/api/meta'],
  ['^/inbox', 'src/workspace/inbox/index.tsx', '/api/meta'],
  ['^/o/([^/]+)/new$', ['src/workspace/form/index.tsx', 'src/shared/ui/kit/edits.ts'], '/api/meta', '/api/meta/$1'],
  ['^/o/([^/]+)/[^/]+$', 'src/workspace/record/index.tsx', '/api/meta', '/api/meta/$1'],
  ['^/o/([^/]+)/?$', 'src/workspace/list/index.tsx', '/api/meta', '/api/meta/$1'],
  ['^/imports/[^/]+$', 'src/workspace/import/job.tsx', '/api/meta'],
  ['^/imports', 'src/workspace/import/index.tsx', '/api/meta'],
  ['^/search', 'src/workspace/search/index.tsx', '/api/meta'],
  ['^/setup', 'src/designer/setup/index.tsx', '/api/meta'],
];

const dist = new URL('../dist/', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8'));

// needs are the files of a module and of all that it imports, but for those that are named in the page anyway.
function needs(key, seen = new Set()) {
  const m = manifest[key];
  if (!m) throw new Error(`the build has no ${key}`);
  if (seen.has(key)) return [];
  seen.add(key);
  return [{ file: m.file, css: m.css ?? [] }, ...(m.imports ?? []).flatMap((i) => needs(i, seen))];
}
const always = new Set(needs('index.html').map((m) => m.file));
const loads = routes.map(([pattern, key, ...asks]) => {
  const seen = new Set();
  const all = [key].flat().flatMap((k) => needs(k, seen)).filter((m) => !always.has(m.file));
  return { pattern, asks, modules: all.map((m) => m.file), styles: [...new Set(all.flatMap((m) => m.css))] };
});
writeFileSync(join(dist, 'routes.json'), JSON.stringify(loads));

for (const name of readdirSync(join(dist, 'assets'))) {
  const file = join(dist, 'assets', name);
  if (!['.js', '.css', '.svg', '.json', '.txt'].includes(extname(name))) continue;
  const plain = readFileSync(file);
  writeFileSync(`${file}.br`, brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }));
  writeFileSync(`${file}.gz`, gzipSync(plain, { level: 9 }));
  rmSync(file);
}
