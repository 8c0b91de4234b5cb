import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue as palette } from '@/app/palette-texts';
import { catalogue as designer } from '@/designer/catalogue';
import { catalogue as everywhere } from '@/i18n/catalogue';
import { catalogue as approvals } from '@/workspace/approval/texts';
import { catalogue as account } from '@/workspace/account/texts';
import { catalogue as imports } from '@/workspace/import/catalogue';
import { catalogue as timeline } from '@/workspace/record/timeline/texts';
import { catalogue as search } from '@/workspace/search/catalogue';

const catalogue = { ...everywhere, ...account, ...approvals, ...designer, ...imports, ...palette, ...search, ...timeline };
const files = (dir: string): string[] => readdirSync(dir).flatMap((n) => (statSync(join(dir, n)).isDirectory() ? files(join(dir, n)) : [join(dir, n)]));
const sources = [...files('src'), ...files('../plugins/fields').filter((f) => f.includes('/ui/'))].filter((f) => /\.tsx?$/.test(f) && !/(catalogue|texts)\.ts$/.test(f));
const all = sources.map((f) => readFileSync(f, 'utf8')).join('\n');
const holes = (text: string) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((m) => m[1]).sort();

describe('the catalogue of texts', () => {
  it('has both languages, with the same placeholders', () => {
    for (const [key, [en, zh]] of Object.entries(catalogue)) {
      expect(en.trim(), key).not.toBe('');
      expect(zh.trim(), key).not.toBe('');
      expect(holes(zh), key).toEqual(holes(en));
      if (key !== 'app.language') expect(en, key).not.toMatch(/\p{Script=Han}/u);
    }
  });
  it('has every text that the interface names', () => {
    const named = new Set([...all.matchAll(/\bt\('([\w.-]+)'/g)].map((m) => m[1]!));
    expect(named.size).toBeGreaterThan(30);
    for (const key of named) expect(Object.keys(catalogue)).toContain(key);
  });
  it('has none that nothing names', () => {
    const parts = [...all.matchAll(/[`']((?:[a-z][A-Za-z0-9]*\.)+)\$\{/g)].map((m) => m[1]!); // keys that are made of parts
    for (const key of Object.keys(catalogue).map((k) => k.replace(/_one$/, ''))) expect(all.includes(`'${key}'`) || parts.some((p) => key.startsWith(p)), key).toBe(true);
  });
  it('is where all text of the interface stands', () => {
    for (const f of sources) expect(readFileSync(f, 'utf8').replace(/^\s*(\/\/|\*|\/\*).*$/gm, ''), f).not.toMatch(/\p{Script=Han}/u);
  });
});
