import { describe, expect, it } from 'vitest';
import type { Filter, ObjectMeta } from '@/shared/meta/types';
import { describe as about, filterables, finished, ofSome, quantifierOf, startOf } from '@/workspace/list/conditions';
import { answerable, conditionsIn, filterOf, parseFilter } from '@/workspace/list/filters';

const text = { kind: 'text', filter: 'StringFilter', operators: ['eq', 'contains'] };
const quote = { name: 'quote', fields: [{ api: 'status', kind: 'picklist', filter: 'F', operators: ['eq', 'in'], choices: [], label: {} }, { api: 'ownerId', system: true, filter: 'F', operators: ['eq'] }], relations: [] } as unknown as ObjectMeta;
const meta = {
  name: 'deal',
  fields: [{ ...text, api: 'name' }, { api: 'accountId', record: 'account', targets: ['account'], filter: 'IDFilter', operators: ['eq'] }, { api: 'secret' }],
  relations: [{ name: 'quotes', object: 'quote', via: 'dealId', label: {} }, { name: 'files', object: 'deal_file', via: 'dealId', label: {}, files: true }],
} as unknown as ObjectMeta;
const account = { name: 'account', fields: [{ ...text, api: 'city' }], relations: [] } as unknown as ObjectMeta;
const related = (o: string) => ({ account, quote })[o];

describe('filters', () => {
  const nested: Filter = [
    { path: ['name'], op: 'contains', value: 'a' },
    { or: [{ path: ['quotes', 'some', 'status'], op: 'in', value: ['draft'] }, { and: [{ path: ['quotes'], op: 'none', value: {} }, { path: ['account', 'city'], op: 'eq', value: 'X' }] }] },
  ];
  it('are written with their groups, over references and over records that refer to one', () => {
    expect(filterOf(nested)).toEqual({ and: [{ name: { contains: 'a' } }, { or: [{ quotes: { some: { status: { in: ['draft'] } } } }, { and: [{ quotes: { none: {} } }, { account: { city: { eq: 'X' } } }] }] }] });
    expect(filterOf([{ or: [{ path: ['name'], op: 'eq', value: 'a' }] }])).toEqual({ name: { eq: 'a' } });
    expect(filterOf([{ or: [] }])).toBeNull();
  });
  it('come back from an address as they were; what is none is left out', () => {
    expect(parseFilter(JSON.stringify(nested))).toEqual(nested);
    expect(parseFilter('[{"or":[{"path":["a"],"op":"eq","value":1},{"or":"x"},7]},{"or":[]}]')).toEqual([{ or: [{ path: ['a'], op: 'eq', value: 1 }] }]);
    const deep = '{"or":['.repeat(9) + ']}'.repeat(9);
    expect(parseFilter(`[${deep}]`)).toEqual([]);
  });
  it('know their conditions, and whether the caller finds what they ask', () => {
    expect(conditionsIn(nested).map((c) => c.path[0])).toEqual(['name', 'quotes', 'quotes', 'account']);
    expect(answerable(meta, nested)).toBe(true);
    expect(answerable(meta, [{ or: [{ path: ['secret'], op: 'eq', value: 1 }] }])).toBe(false);
    expect(answerable(meta, [{ path: ['orders', 'some', 'x'], op: 'eq', value: 1 }])).toBe(false);
  });
  it('are made of what there is: own fields, those of references, and records that refer to one but for files', () => {
    expect(filterables(meta, related).map((f) => f.path.join('.'))).toEqual(['name', 'accountId', 'account.city', 'quotes']);
  });
  it('begin with a comparison that makes sense', () => {
    expect(startOf({ path: ['name'], field: meta.fields[0]! })).toEqual({ path: ['name'], op: 'contains', value: null });
    expect(startOf({ path: ['quotes'], relation: meta.relations[0]! })).toEqual({ path: ['quotes'], op: 'some', value: {} });
    const with_ = ofSome(meta.relations[0]!, 'none', quote.fields[0]!);
    expect(with_).toEqual({ path: ['quotes', 'none', 'status'], op: 'in', value: null });
    expect([quantifierOf(with_), quantifierOf({ path: ['quotes'], op: 'some', value: {} })]).toEqual(['none', 'some']);
    expect(about(meta, related, [], with_)?.field?.api).toBe('status');
    expect(about(meta, () => undefined, [], with_)).toBeUndefined();
  });
  it('are applied without what lacks something', () => {
    expect(finished([{ path: ['a'], op: 'eq', value: null }, { or: [{ path: ['b'], op: 'eq', value: '' }] }, { or: [{ path: ['c'], op: 'eq', value: 0 }, { path: ['d'], op: 'between', value: ['1', null] }] }])).toEqual([{ or: [{ path: ['c'], op: 'eq', value: 0 }] }]);
  });
});
