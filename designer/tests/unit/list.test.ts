import { describe, expect, it } from 'vitest';
import type { ObjectMeta } from '@/shared/meta/types';
import { filterOf, parseFilter } from '@/workspace/list/filters';
import { Cursors, orderOf } from '@/workspace/list/query';
import { nextSort, parseSort, writeSort } from '@/workspace/list/state';

describe('filters and orders', () => {
  it('are written as the API takes them', () => {
    expect(filterOf([])).toBeNull();
    expect(filterOf([{ path: ['stage'], op: 'in', value: ['s1'] }])).toEqual({ stage: { in: ['s1'] } });
    expect(
      filterOf([
        { path: ['account', 'region', 'code'], op: 'eq', value: 'EAST' },
        { path: ['amount'], op: 'gte', value: '10' },
      ]),
    ).toEqual({ and: [{ account: { region: { code: { eq: 'EAST' } } } }, { amount: { gte: '10' } }] });
    expect(orderOf([])).toBeNull();
    expect(orderOf([{ field: 'amount', desc: true }, { field: 'account.name' }])).toEqual([{ amount: 'DESC' }, { account: { name: 'ASC' } }]);
  });
  it('are read from addresses, without what makes no sense', () => {
    const meta = { fields: [{ api: 'amount', sortable: true }, { api: 'note' }] } as ObjectMeta;
    expect(parseSort('-amount,note,other', meta)).toEqual([{ field: 'amount', desc: true }]);
    expect(parseSort('', meta)).toEqual([]);
    expect(parseSort(undefined, meta)).toBeUndefined();
    expect(writeSort([{ field: 'a', desc: true }, { field: 'b' }])).toBe('-a,b');
    expect(parseFilter('[{"path":["a"],"op":"eq","value":1},{"path":["b) { x"],"op":"eq","value":1},{"path":[],"op":"eq","value":1},7]')).toEqual([{ path: ['a'], op: 'eq', value: 1 }]);
    expect(parseFilter('{"and":1}')).toBeUndefined();
    expect(parseFilter('[')).toBeUndefined();
  });
  it('go from ascending to descending to none', () => {
    const up = nextSort([], 'a');
    const down = nextSort(up, 'a');
    expect([up, down, nextSort(down, 'a'), nextSort(down, 'b')]).toEqual([[{ field: 'a' }], [{ field: 'a', desc: true }], [], [{ field: 'b' }]]);
  });
  it('get further keys, each of which turns and goes by itself', () => {
    const two = nextSort(nextSort([], 'a'), 'b', true);
    const turned = nextSort(two, 'b', true);
    expect([two, turned, nextSort(turned, 'b', true), nextSort(turned, 'b')]).toEqual([
      [{ field: 'a' }, { field: 'b' }],
      [{ field: 'a' }, { field: 'b', desc: true }],
      [{ field: 'a' }],
      [{ field: 'b' }],
    ]);
  });
});

describe('cursors', () => {
  // A list of rows 0 … n-1, whose cursors say which row they stand behind.
  const list = (n: number) => {
    const steps: [number, number][] = [];
    const step = async (after: string | null, first: number) => {
      const from = after === null ? 0 : Number(after) + 1;
      steps.push([from, first]);
      const last = Math.min(n, from + first) - 1;
      return last < from ? null : String(last);
    };
    return { steps, cursors: new Cursors(step) };
  };
  it('are found in one step from the nearest that is known', async () => {
    const { steps, cursors } = list(200_000);
    expect(await cursors.before(0)).toBeNull();
    expect(await cursors.before(500)).toBe('49999');
    expect(steps).toEqual([[0, 50_000]]);
    expect(await cursors.before(502)).toBe('50199');
    expect(steps.at(-1)).toEqual([50_000, 200]);
    expect(await cursors.before(250)).toBe('24999');
    expect(steps.length).toBe(3);
  });
  it('are walked to once when several windows are asked for', async () => {
    const { steps, cursors } = list(10_000);
    expect(await Promise.all([cursors.before(20), cursors.before(21)])).toEqual(['1999', '2099']);
    expect(steps.length).toBe(2);
  });
  it('stay where they are when the list has become shorter', async () => {
    const { cursors } = list(50);
    expect(await cursors.before(9)).toBe('49');
  });
  it('stop when nobody wants them any more, and go on for the next', async () => {
    const { cursors, steps } = list(100_000);
    const gone = new AbortController();
    const first = cursors.before(900, gone.signal);
    gone.abort();
    await expect(first).rejects.toThrow();
    expect(await cursors.before(10)).toBe('999');
    expect(steps.length).toBeLessThan(6);
  });
});
