import { describe, expect, it } from 'vitest';
import * as format from '@/shared/meta/format';
import { shift } from '@/shared/ui/kit/inputs';
import { inside } from '@/workspace/signin/next';

describe('values for people', () => {
  it('keep decimals exact', () => {
    expect(format.number('12345678901234567890.12', 'en')).toBe('12,345,678,901,234,567,890.12');
    expect(format.money('1170240.00', 'zh-CN', 'CNY')).toBe('¥1,170,240.00');
    expect(format.money('5', 'en')).toBe('5.00');
    expect(format.percent('0.25', 'en')).toBe('25%');
  });
  it('write days without a zone, and instants in the tenant’s', () => {
    expect(format.day('2026-03-01', 'en')).toContain('Mar 1, 2026');
    expect(format.instant('2026-03-01T20:00:00Z', 'zh-CN', 'Asia/Shanghai')).toContain('2026年3月2日');
  });
  it('go between instants and clocks, also where clocks are changed', () => {
    for (const [at, zone, wall] of [
      ['2026-03-01T01:30:00Z', 'Asia/Shanghai', '2026-03-01T09:30'],
      ['2026-07-01T12:00:00Z', 'Europe/Berlin', '2026-07-01T14:00'],
      ['2026-03-29T01:30:00Z', 'Europe/Berlin', '2026-03-29T03:30'],
    ] as const) {
      expect(format.toWall(at, zone)).toBe(wall);
      expect(format.fromWall(wall, zone)).toBe(at);
    }
  });
});

describe('percentages', () => {
  it('are typed as hundredths, exactly', () => {
    for (const [fraction, typed] of [['0.25', '25'], ['1', '100'], ['0.005', '0.5'], ['-0.1', '-10'], ['0.123456789012345678', '12.3456789012345678']]) {
      expect(shift(fraction, 2)).toBe(typed);
      expect(Number(shift(typed, -2))).toBe(Number(fraction));
    }
    expect(shift('12a', 2)).toBe('12a');
    expect(shift(null, 2)).toBe('');
  });
});

describe('the way on from signing in', () => {
  it('stays on this site', () => {
    expect(inside('/o/dealer?q=a')).toBe('/o/dealer?q=a');
    for (const bad of [undefined, 'https://evil.example', '//evil.example/x', '/\\evil.example', '/signin?next=/']) expect(inside(bad)).toBe('/');
  });
});
