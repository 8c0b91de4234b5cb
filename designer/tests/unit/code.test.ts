import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { declared, suggest, typesOf } from '@/designer/model/declared';
import { base64, dependants, newer } from '@/designer/model/packages';
import type { Installed } from '@/designer/setup/api';

// The declarations that the server's own test holds it to.
const d = declared(readFileSync('../workflow/script/host/testdata/quote.d.ts', 'utf8'));
const names = (before: string, source = before) => suggest(d, before, source)?.options.map((o) => o.name);

describe('the declarations of a script', () => {
  it('tell of interfaces, modules, functions and objects', () => {
    expect(d.interfaces.Input!.map((n) => n.name)).toEqual(['dealer', 'price', 'count', 'mode']);
    expect(d.interfaces.Decimal!.map((n) => n.name)).toContain('round');
    expect(d.interfaces.Decimal!.find((n) => n.name === 'div')!.doc).toBe('null for a division by zero');
    expect(d.functions.map((f) => f.name)).toEqual(expect.arrayContaining(['dec', 'ladder', 'refuse']));
    expect(d.modules.records!.map((n) => n.name)).toEqual(expect.arrayContaining(['get', 'find', 'query', 'create', 'update']));
    expect(d.modules.stats!.map((n) => n.name)).toEqual(expect.arrayContaining(['median', 'quantile']));
    expect(d.modules.console!.map((n) => n.name)).toContain('log');
    expect(d.objects).toEqual(['dealer', 'quote']);
    expect(d.refusals).toEqual(['TOO_HIGH']);
    expect(d.gives['get dealer']).toBe('DealerRecord');
  });
  it('say what fits at a place', () => {
    expect(names('records.')).toContain('get');
    expect(names("records.get('de")).toEqual(['dealer', 'quote']);
    expect(names("refuse('")).toEqual(['TOO_HIGH']);
    expect(names('  d')).toEqual(expect.arrayContaining(['dec', 'dealer', 'records']));
    expect(names('nothing.')).toBeUndefined();
    expect(names("const x = 'te")).toBeUndefined();
  });
  it('follow variables that hold records and decimals', () => {
    const source = "const d = records.get('dealer', id); for (const q of records.query('quote', {})) {} const n = dec(1); const all = records.query('quote', {});";
    expect(typesOf(d, source)).toEqual({ d: 'DealerRecord', q: 'QuoteRecord', n: 'Decimal' });
    expect(names('d.', source)).toEqual(expect.arrayContaining(['name', 'discount']));
    expect(names('n.ro', source)).toContain('round');
  });
});

describe('packages', () => {
  it('are newer by their versions', () => {
    for (const [a, b] of [['1.0.1', '1.0.0'], ['1.10.0', '1.9.9'], ['2.0.0', '2.0.0-rc.1'], ['1.0.0-rc.10', '1.0.0-rc.9'], ['1.0.0-b', '1.0.0-a'], ['1.0.0-a', '1.0.0-1'], ['1.0.0-a.1', '1.0.0-a']] as const) {
      expect(newer(a, b), `${a} ${b}`).toBeGreaterThan(0);
      expect(newer(b, a), `${b} ${a}`).toBeLessThan(0);
    }
    expect(newer('1.2.3+x', '1.2.3')).toBe(0);
  });
  it('need each other', () => {
    const p = (name: string, ...needs: string[]): Installed => ({ name, version: '1', label: name, requires: Object.fromEntries(needs.map((n) => [n, '^1'])) });
    const all = [p('a'), p('b', 'a'), p('c', 'b'), p('d')];
    expect(dependants(all, 'a').map((x) => x.name)).toEqual(['b', 'c']);
    expect(dependants(all, 'd')).toEqual([]);
  });
  it('travel as text', () => expect(base64(new Uint8Array([0, 255, 104, 105]))).toBe(Buffer.from([0, 255, 104, 105]).toString('base64')));
});
