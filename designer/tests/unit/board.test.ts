import { describe, expect, it } from 'vitest';
import type { Field, Filter } from '@/shared/meta/types';
import { atTop, laneFilter, lanesOf, totalsOf, without, type Pages } from '@/workspace/list/kanban/model';

const stage = { api: 'stage', choices: [{ value: 's1' }, { value: 's2' }, { value: 'old', inactive: true }, { value: 'won' }] } as unknown as Field;
const values = (filter: Filter, field = stage) => lanesOf(field, filter).map((l) => l.value);

describe('a board', () => {
  it('has a lane for each choice in use, and one for none where a record may have none', () => {
    expect(values([])).toEqual([null, 's1', 's2', 'won']);
    expect(values([], { ...stage, required: true })).toEqual(['s1', 's2', 'won']);
  });
  it('has no lanes that its filter leaves empty', () => {
    expect(values([{ path: ['stage'], op: 'notIn', value: ['won'] }])).toEqual([null, 's1', 's2']);
    expect(values([{ path: ['stage'], op: 'in', value: ['won', 's1'] }, { path: ['stage'], op: 'ne', value: 's1' }])).toEqual(['won']);
    expect(values([{ path: ['stage'], op: 'isNull', value: false }])).toEqual(['s1', 's2', 'won']);
    expect(values([{ or: [{ path: ['stage'], op: 'eq', value: 's1' }] }, { path: ['x'], op: 'eq', value: 1 }])).toEqual([null, 's1', 's2', 'won']);
  });
  it('asks each lane for its own', () => {
    expect(laneFilter([{ path: ['x'], op: 'eq', value: 1 }], stage, { value: 's1' })).toEqual([{ path: ['x'], op: 'eq', value: 1 }, { path: ['stage'], op: 'eq', value: 's1' }]);
    expect(laneFilter([], stage, { value: null })).toEqual([{ path: ['stage'], op: 'isNull', value: true }]);
  });
  it('adds up a lane by currency, exactly', () => {
    const amount = { api: 'amount' } as Field;
    const totals = totalsOf(
      [
        { key: { stage: 's1', currency: 'CNY' }, count: 2, sum: { amount: '0.10' } },
        { key: { stage: 's1', currency: 'USD' }, count: 1, sum: { amount: '7' } },
        { key: { stage: 's1', currency: 'CNY' }, count: 1, sum: { amount: '0.2' } },
        { key: { stage: null, currency: 'CNY' }, count: 4, sum: { amount: null } },
      ],
      stage,
      amount,
    );
    expect(totals.get('s1')).toEqual({ count: 4, sums: [{ currency: 'CNY', amount: '0.3' }, { currency: 'USD', amount: '7' }] });
    expect(totals.get(null)).toEqual({ count: 4, sums: [] });
  });
  it('moves cards between lanes that are there', () => {
    const lane: Pages = { pages: [{ rows: [{ id: 'a' }, { id: 'b' }], end: 'x', more: true }, { rows: [{ id: 'c' }], end: null, more: false }], pageParams: [null, 'x'] };
    expect(without(lane, 'c')!.pages.map((p) => p.rows.length)).toEqual([2, 0]);
    expect(atTop(lane, { id: 'b', stage: 's2' })!.pages[0]!.rows).toEqual([{ id: 'b', stage: 's2' }, { id: 'a' }]);
    expect(atTop(undefined, { id: 'b' })).toBeUndefined();
  });
});
