import { describe, expect, it } from 'vitest';
import { ApiError } from '@/shared/api/http';
import type { ObjectMeta } from '@/shared/meta/types';
import { fieldOptions } from '@/workspace/import/fields';
import { add, assign, change, freshStep, fromColumn, furtherOf, mayGoOn, mayMap, mayUndo, percent, problemsOf, readPairs, writePairs, type FileColumn, type Job, type Settings, type Status } from '@/workspace/import/model';
import { marked, objectsOf } from '@/workspace/search/model';

const column = (name: string, suggestions: FileColumn['suggestions'] = []): FileColumn => ({ name, sample: [], suggestions });
const settings: Settings = { mode: 'upsert', key: ['code'], columns: [{ field: 'code', from: 'Code' }, { field: 'name', from: 'Name' }] };
const job = (status: Status, counts: Partial<Job> = {}) => ({ status, atomic: false, total: 10, done: 0, created: 0, updated: 0, undone: 0, refused: 0, ...counts }) as Job;

describe('the mapping of an import', () => {
  it('takes the steps that were suggested along with the field', () => {
    const date = [{ do: 'date' as const, formats: ['DD.MM.YYYY'] }];
    const out = assign(settings, column('Born', [{ field: 'bornOn', label: {}, score: 90, steps: date }]), 'bornOn');
    expect(out.columns.at(-1)).toEqual({ field: 'bornOn', from: 'Born', steps: date });
    expect(assign(out, column('Born'), undefined)).toEqual(settings);
  });
  it('keeps the place of a column whose field changes, and forgets a key that is no longer filled', () => {
    const out = assign(settings, column('Code'), 'number');
    expect(out.columns).toEqual([{ field: 'number', from: 'Code' }, { field: 'name', from: 'Name' }]);
    expect(out.key).toEqual([]);
  });
  it('shows beside the columns what has none, and what shares one', () => {
    const more = add({ ...settings, columns: [...settings.columns, { field: 'label', from: 'Name' }] }, 'source');
    expect(furtherOf(more)).toEqual([2, 3]);
    expect(change(more, 3, undefined).columns).toHaveLength(3);
  });
  it('a fixed text becomes a column and back', () => {
    const fixed = { field: 'source', steps: [{ do: 'constant' as const, value: 'x' }] };
    expect(fromColumn(fixed, 'Code')).toEqual({ field: 'source', from: 'Code' });
    expect(fromColumn({ field: 'source', from: 'Code', steps: [{ do: 'trim' }] }, undefined)).toEqual({ field: 'source', steps: [{ do: 'constant', value: '' }] });
  });
  it('every new step has what the server asks of it', () => {
    expect(freshStep('split')).toEqual({ do: 'split', by: ' ', take: 1 });
    expect(freshStep('date').formats).toHaveLength(1);
    expect(freshStep('trim')).toEqual({ do: 'trim' });
  });
  it('replacements are lines', () => {
    expect(readPairs('a = b\n\n客户=Client = x\nnonsense')).toEqual({ a: 'b', 客户: 'Client = x' });
    expect(readPairs(writePairs({ a: 'b', c: '' }))).toEqual({ a: 'b', c: '' });
  });
});

describe('what may be done with an import', () => {
  it('follows from where it stands', () => {
    expect(mayMap(job('ready'))).toBe(true);
    expect(mayMap(job('failed'))).toBe(true);
    expect(mayMap(job('failed', { created: 1 }))).toBe(false);
    expect(mayGoOn(job('canceled', { created: 1 }))).toBe(true);
    expect(mayGoOn(job('canceled', { created: 1, atomic: true }))).toBe(false);
    expect(mayUndo(job('done', { updated: 2 }))).toBe(true);
    expect(mayUndo(job('undone', { updated: 2, undone: 2 }))).toBe(false);
  });
  it('its progress is of the rows, or of what is taken back', () => {
    expect(percent(job('running', { done: 5 }))).toBe(50);
    expect(percent(job('running', { total: 0 }))).toBeUndefined();
    expect(percent(job('undoing', { created: 4, undone: 1, refused: 1 }))).toBe(50);
  });
});

describe('what is wrong with a mapping', () => {
  it('stands at the fields, in the language of the page', () => {
    const problems = [
      { field: 'name', message_en: 'mapped twice', message_zh: '重复' },
      { field: 'key', message_en: 'no such key', message_zh: '没有键' },
      { field: 'ghost', message_en: 'no field', message_zh: '没有字段' },
    ];
    expect(problemsOf(new ApiError('x', 'INVALID_INPUT', 422, 'name', undefined, { problems }), settings, 'zh-CN')).toEqual({ name: '重复', key: '没有键', '': '没有字段' });
    expect(problemsOf(new ApiError('one', 'INVALID_INPUT', 422, 'code'), settings, 'en')).toEqual({ code: 'one' });
    expect(problemsOf(new Error('lost'), settings, 'en')).toEqual({ '': 'lost' });
    expect(problemsOf(null, settings, 'en')).toEqual({});
  });
});

describe('the fields that columns fill', () => {
  const meta = {
    name: 'order',
    fields: [
      { api: 'no', label: { en: 'Number' }, writable: true },
      { api: 'accountId', record: 'account', label: { en: 'Account' }, targets: ['account'], writable: true },
      { api: 'total', label: { en: 'Total' }, computed: true },
    ],
  } as unknown as ObjectMeta;
  const account = { name: 'account', fields: [{ api: 'code', unique: true, label: { en: 'Code' } }, { api: 'name', label: { en: 'Name' } }] } as unknown as ObjectMeta;
  it('are those that may be written, and the keys of records that lookups lead to', () => {
    const options = fieldOptions(meta, { account }, 'en', (f, k) => `${f} by ${k}`, 'Id');
    expect(options.map((o) => o.value)).toEqual(['no', 'accountId', 'account.code', 'id']);
    expect(options[2]!.label).toBe('Account by Code');
    expect(fieldOptions(undefined, {}, 'en', () => '', 'Id')).toEqual([]);
  });
});

describe('what a search found', () => {
  it('is by object, the one with the best hit first', () => expect(objectsOf([{ object: 'b' }, { object: 'a' }, { object: 'b' }])).toEqual(['b', 'a']));
  it('is marked where the words stand', () => {
    expect(marked('Acme (China) Ltd', 'china (')).toEqual([
      { text: 'Acme ', hit: false },
      { text: '(', hit: true },
      { text: 'China', hit: true },
      { text: ') Ltd', hit: false },
    ]);
    expect(marked('杭州恒达', '恒达').at(-1)).toEqual({ text: '恒达', hit: true });
    expect(marked('x', ' ')).toEqual([{ text: 'x', hit: false }]);
  });
});
