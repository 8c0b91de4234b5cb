import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Row } from '@/shared/api/graphql';
import type { Field, Index, ObjectMeta } from '@/shared/meta/types';
import { byDay, merge, size, type Answer, type Ask, type Happening } from '@/workspace/record/timeline/model';
import { ask, detailsOf, sourcesOf } from '@/workspace/record/timeline/sources';

/** random gives numbers from 0 below n, the same each time. */
function random(seed: number) {
  let x = seed;
  return (n: number) => (x = (x * 48271) % 2147483647) % n;
}

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString();

/** serve answers as the API does: each source is in order, and paged by a cursor. */
const serve = (all: Record<string, Happening[]>, what: Ask): Answer<Happening> =>
  Object.fromEntries(
    Object.entries(what).map(([key, cursor]) => {
      const from = Number(cursor ?? 0);
      const to = from + size;
      return [key, { entries: all[key]!.slice(from, to), cursor: to < all[key]!.length ? String(to) : null }];
    }),
  );

describe('merging sources by time', () => {
  it('shows everything once, in order, and never puts something above what was shown', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const next = random(seed);
      const keys = ['a', 'b', 'c', 'd'].slice(0, 1 + next(4));
      // Few minutes make many happenings of one instant; half of those of b are told by a, too.
      const all: Record<string, Happening[]> = {};
      for (const k of keys) {
        const own = Array.from({ length: next(90) }, (_, i) => ({ id: `${k}${i}`, at: at(next(seed % 2 ? 30 : 3000)) }));
        const twice = k === 'b' ? all.a!.filter((_, i) => i % 2 === 0) : [];
        all[k] = [...own, ...twice].sort((x, y) => Date.parse(y.at) - Date.parse(x.at));
      }
      const answers = [serve(all, Object.fromEntries(keys.map((k) => [k, null])))];
      let { shown, next: more } = merge(keys, answers);
      while (more) {
        answers.push(serve(all, more));
        const then = merge(keys, answers);
        expect(then.shown.slice(0, shown.length)).toEqual(shown);
        ({ shown, next: more } = then);
        expect(answers.length).toBeLessThan(30);
      }
      const ids = shown.map((h) => h.id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(new Set(ids)).toEqual(new Set(Object.values(all).flatMap((l) => l.map((h) => h.id))));
      expect(shown.map((h) => h.at)).toEqual(shown.map((h) => h.at).sort().reverse());
    }
  });
  it('holds back what is older than what a source has not told yet, and asks only those that run out', () => {
    const busy = Array.from({ length: 30 }, (_, i) => ({ id: `busy${i}`, at: at(100 - i) }));
    const rare = Array.from({ length: 45 }, (_, i) => ({ id: `rare${i}`, at: at(-1000 - i) }));
    const all = { busy, rare: [{ id: 'new', at: at(200) }, ...rare] };
    const first = serve(all, { busy: null, rare: null });
    const one = merge(['busy', 'rare'], [first]);
    expect(one.shown.map((h) => h.id)).toEqual(['new', ...busy.slice(0, 20).map((h) => h.id)]);
    expect(one.next).toEqual({ busy: '20', rare: '20' });
    const two = merge(['busy', 'rare'], [first, serve(all, { busy: '20' })]);
    expect(two.shown.map((h) => h.id)).toEqual(['new', ...busy.map((h) => h.id), ...rare.slice(0, 19).map((h) => h.id)]);
    expect(two.next).toEqual({ rare: '20' });
    expect(merge(['busy'], [first]).next).toEqual({ busy: '20' });
  });
  it('is at its end with nothing', () => expect(merge(['a'], [{ a: { entries: [], cursor: null } }])).toEqual({ shown: [], next: null }));
  it('groups by the days of the time zone', () => {
    const list = ['2026-01-02T16:30:00Z', '2026-01-02T15:59:59Z', '2026-01-01T16:00:00Z', '2026-01-01T15:00:00Z'].map((x) => ({ id: x, at: x }));
    expect(byDay(list, 'Asia/Shanghai').map(([d, of]) => [d, of.length])).toEqual([['2026-01-03', 1], ['2026-01-02', 2], ['2026-01-01', 1]]);
  });
});

const field = (name: string, more: Partial<Field> = {}): Field => ({ name, api: name, kind: 'text', label: { en: name }, ...more });
const object = (name: string, more: Partial<ObjectMeta>): ObjectMeta =>
  ({ name, one: name, many: `${name}s`, type: name, label: {}, pluralLabel: {}, features: [], fields: [], relations: [], views: [], ...more }) as unknown as ObjectMeta;
const visit = object('visit', {
  nameField: 'subject',
  fields: [field('subject'), field('about', { kind: 'ref' }), field('on', { kind: 'datetime' }), field('status'), field('note'), field('created_by', { api: 'createdBy', system: true })],
  views: [{ name: 'b', kind: 'kanban', columns: ['note'] }, { name: 'l', kind: 'list', columns: ['subject', 'status', 'about', 'on', 'hidden', 'note'] }] as ObjectMeta['views'],
});
const told = { object: 'visit', via: 'about', at: 'on' };
const index = { zone: 'UTC', objects: [{ name: 'visit', type: 'visit', one: 'visit', many: 'visits', prefix: 'visit' }] } as unknown as Index;

describe('asking the sources', () => {
  const asked: { query: string; variables: Record<string, string> }[] = [];
  const answers: unknown[] = [];
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    asked.push(JSON.parse(String(init.body)));
    return new Response(JSON.stringify({ data: answers.shift() }));
  });
  afterEach(() => asked.splice(0));

  it('is one request, with a bound and the cursors of those that go on', async () => {
    const meta = object('deal', { features: ['history', 'timeline'], timeline: [told, { object: 'unseen', via: 'x', at: 'y' }], processes: [{ key: 'p', label: {} }] });
    const sources = sourcesOf(index, meta, { id: 'deal_1' }, [visit]);
    expect(sources.map((s) => s.kind)).toEqual(['change', 'approval', 'visit']);
    const history = Array.from({ length: size }, (_, i) => ({ cursor: `c${i}`, at: at(-i), by: null, verb: 'update', changes: {} }));
    const task = { id: 't1', status: 'pending', created: at(1), decidedAt: null };
    answers.push({
      s0: { history },
      s1: [{ tasks: [task, { ...task, id: 't2', decidedAt: at(9) }, { ...task, id: 't3', status: 'cancelled' }] }],
      s2: { nodes: [{ id: 'visit_1', on: at(5) }], pageInfo: { hasNextPage: true, endCursor: 'v' } },
    });
    const first = await ask(sources, 'deal_1', Object.fromEntries(sources.map((s) => [s.key, null])));
    expect(asked).toHaveLength(1);
    expect(asked[0]!.query).toContain('s0: deal(id: $id) { history(first: 20) {');
    expect(asked[0]!.query).toContain('s2: visits(first: 20, filter: {about: {eq: $id}, on: {isNull: false}}, orderBy: [{on: DESC}]) { nodes { id version subject on status note createdBy } pageInfo');
    expect(first.change!.cursor).toBe('c19');
    expect(first.approval!.entries.map((e) => e.id)).toEqual(['t2', 't1']);
    expect([first['visit about']!.entries[0]!.at, first['visit about']!.cursor]).toEqual([at(5), 'v']);

    answers.push({ s0: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } });
    await ask(sources, 'deal_1', { 'visit about': 'v' });
    expect(asked[1]!.query).toContain('query Timeline($id: ID!, $a0: String) { s0: visits(first: 20, after: $a0,');
    expect(asked[1]!.variables).toEqual({ id: 'deal_1', a0: 'v' });
  });
  it('tells of the creation where no history is kept, without asking', async () => {
    const meta = object('deal', { fields: [field('created_at', { api: 'createdAt', system: true }), field('created_by', { api: 'createdById', system: true })] });
    const row = { id: 'deal_1', createdAt: at(0), createdById: 'user_1' } as Row;
    const { change } = await ask(sourcesOf(index, meta, row, []), 'deal_1', { change: null });
    expect(change!.entries).toEqual([{ id: 'created', at: at(0), kind: 'change', change: { at: at(0), by: 'user_1', verb: 'create', changes: null } }]);
    expect(asked).toHaveLength(0);
  });
  it('says of a record what its list says, but for what is said already', () => expect(detailsOf(visit, told)).toEqual(['status', 'note']));
});
