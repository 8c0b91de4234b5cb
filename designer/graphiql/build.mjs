// Builds ../assets/graphiql.js and .css from this folder, minified and then compressed. The result
// is committed, so that who builds Tenon needs no Node. With --check nothing is written, and it is an
// error that the files are not those that would be.
import { build } from 'esbuild';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const out = fileURLToPath(new URL('../assets/', import.meta.url));
const check = process.argv.includes('--check');
const result = await build({
  absWorkingDir: here,
  entryPoints: { graphiql: 'main.jsx' },
  outdir: out,
  bundle: true,
  minify: true,
  write: false,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  legalComments: 'eof',
  charset: 'utf8',
  metafile: true,
  plugins: [{ name: 'no fonts', setup: withoutFonts }],
  define: { 'process.env.NODE_ENV': '"production"' },
});
mkdirSync(out, { recursive: true });
let sum = 0;
for (const f of result.outputFiles) write(f.path.slice(out.length), f.contents);
write('licences.txt', licences(Object.keys(result.metafile.inputs)));
if (sum > 2_000_000) throw new Error(`${sum} bytes are more than the 2 MB that the page may have`);

function write(name, contents) {
  sum += contents.length;
  if (check) {
    if (!gunzipSync(readFileSync(`${out}${name}.gz`)).equals(contents)) throw new Error(`${name} is not current: run "make graphiql"`);
    return;
  }
  const packed = gzipSync(contents, { level: 9 });
  packed[9] = 255; // the same on every system
  writeFileSync(`${out}${name}.gz`, packed);
  console.log(`${name}: ${contents.length} bytes, ${packed.length} compressed`);
}

// withoutFonts leaves the fonts out that GraphiQL's style sheet carries: those of the system do.
function withoutFonts(b) {
  b.onLoad({ filter: /graphiql\.css$/ }, ({ path }) => ({ contents: readFileSync(path, 'utf8').replace(/@font-face\s*\{[^}]*\}/g, ''), loader: 'css' }));
}

// licences are those of all packages that went into the script.
function licences(inputs) {
  const packages = new Set(inputs.flatMap((i) => i.match(/^node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/) ?? []));
  return Buffer.from([...packages].sort().map((dir) => {
    const { name, version, license } = JSON.parse(readFileSync(`${here}${dir}/package.json`, 'utf8'));
    const file = readdirSync(here + dir).find((f) => /^licen[cs]e/i.test(f));
    return `${name} ${version}, ${license}\n\n${file ? readFileSync(`${here}${dir}/${file}`, 'utf8').trim() : ''}\n`;
  }).join('\n---\n\n'));
}
