// Whether the pages stay small: the files that a browser loads for a route, as gzip, which everybody has; those that
// the page always loads among them. Run after `npm run build`. Ends with 1 when a route is too large.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const dist = new URL('../dist/', import.meta.url).pathname;
const most = 350_000; // bytes of a screen that people arrive at
const mostWithForms = 400_000; // of records and forms, which follow a list
const page = readFileSync(join(dist, 'index.html'), 'utf8');
const always = [...page.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((m) => m[1]);
const size = (file) => statSync(join(dist, `${file}.gz`)).size;
const sum = (files) => [...new Set(files)].reduce((n, f) => n + size(f), page.length);

let over = 0;
for (const r of JSON.parse(readFileSync(join(dist, 'routes.json'), 'utf8'))) {
  const bytes = sum([...always, ...r.modules, ...r.styles]);
  const limit = /^\^\/(o\/.*\/(new|\[)|imports\/\[|setup)/.test(r.pattern) ? mostWithForms : most;
  if (bytes > limit) over++;
  console.log(`${bytes > limit ? 'OVER' : 'ok  '} ${(bytes / 1000).toFixed(0).padStart(4)} of ${limit / 1000} kB ${r.pattern}`);
}
console.log(`     ${(sum(always) / 1000).toFixed(0)} kB of it always`);
if (over > 0) process.exitCode = 1;
