import { describe, expect, it } from 'vitest';
import type { Saved } from '@/shared/meta/saved';
import type { ObjectMeta, View } from '@/shared/meta/types';
import { choose, chosen, everything, howMany, nothing } from '@/workspace/list/selection';
import { moved } from '@/workspace/list/settings/order';
import { definitionOf, viewOfSaved, viewsOf } from '@/workspace/list/views';

const meta = {
  fields: ['name', 'amount', 'stage', 'due'].map((api) => ({ api, sortable: true, filter: 'F' })),
  relations: [],
  views: [{ name: 'all', label: { en: 'All' }, kind: 'list', columns: ['name'], filter: [], sort: [] }],
} as unknown as ObjectMeta;
const saved = (s: Partial<Saved>): Saved => ({ id: 'v1', version: 1, name: 'Mine', adjusts: null, shared: false, own: true, definition: { columns: [{ field: 'name' }] }, ...s });

describe('saved views', () => {
  it('come back as they were kept', () => {
    const view: View = { name: 'x', label: {}, kind: 'kanban', columns: ['name', 'amount'], widths: { amount: 120.4 }, filter: [{ or: [{ path: ['amount'], op: 'gt', value: '1' }] }], sort: [{ field: 'due', desc: true }, { field: 'name' }], group: 'stage', from: 'due' };
    expect(viewOfSaved(saved({ definition: definitionOf(view) }), meta)).toEqual({ ...view, name: 'v1', label: { en: 'Mine' }, widths: { amount: 120 }, from: undefined, to: undefined, saved: { id: 'v1', version: 1, own: true, shared: false } });
  });
  it('lose columns and orders that are gone, and are not there when their filter or lanes are', () => {
    const v = viewOfSaved(saved({ definition: { columns: [{ field: 'gone' }, { field: 'name', width: 9 }, 'x'], sort: [{ field: 'gone' }, { field: 'due' }], kind: 'what' } }), meta)!;
    expect([v.columns, v.widths, v.sort, v.kind]).toEqual([['name'], {}, [{ field: 'due' }], 'list']);
    for (const definition of [{}, { columns: [{ field: 'gone' }] }, { columns: [{ field: 'name' }], filter: [{ path: ['gone'], op: 'eq', value: 1 }] }, { columns: [{ field: 'name' }], kind: 'kanban' }, { columns: [{ field: 'name' }], kind: 'calendar', from: 'gone' }])
      expect(viewOfSaved(saved({ definition }), meta)).toBeUndefined();
  });
  it('stand after those of metadata, which have the columns that one chose oneself', () => {
    const all = viewsOf(meta, [saved({}), saved({ id: 'v2', adjusts: 'all', definition: { columns: [{ field: 'due', width: 90 }] } }), saved({ id: 'v3', adjusts: 'all', own: false, definition: { columns: [{ field: 'amount' }] } })]);
    expect(all.map((v) => [v.name, v.columns, v.widths])).toEqual([
      ['all', ['due'], { due: 90 }],
      ['v1', ['name'], {}],
    ]);
  });
  it('have columns that change their places within bounds', () => {
    expect([moved([1, 2, 3], 0, 1), moved([1, 2, 3], 2, 5), moved([1, 2, 3], 0, -1), moved([1], 3, 1)]).toEqual([[2, 1, 3], [1, 2, 3], [1, 2, 3], [1]]);
  });
});

describe('a selection', () => {
  it('is of some records', () => {
    const s = choose(choose(nothing, ['a', 'b'], true), ['a'], false);
    expect([chosen(s, 'a'), chosen(s, 'b'), howMany(s, 10)]).toEqual([false, true, 1]);
  });
  it('is of all but some', () => {
    const s = choose(everything, ['a', 'b'], false);
    expect([chosen(s, 'a'), chosen(s, 'z'), howMany(s, 10), howMany(choose(s, ['a'], true), 10), howMany(s, undefined)]).toEqual([false, true, 8, 9, 0]);
  });
});
