import { describe, expect, it } from 'vitest';
import type { Row } from '@/shared/api/graphql';
import type { Field } from '@/shared/meta/types';
import { addDays, dayIn, daysOf, during, isDay, monday, onDays, step, timeIn } from '@/workspace/list/calendar/model';

const day = { api: 'on', kind: 'date' } as Field;
const end = { api: 'end', kind: 'date' } as Field;
const instant = { api: 'at', kind: 'datetime' } as Field;
const zone = 'Asia/Shanghai';

describe('a calendar', () => {
  it('knows its days', () => {
    expect([isDay('2026-02-28'), isDay('2026-02-30'), isDay('x'), isDay(undefined)]).toEqual([true, false, false, false]);
    expect([addDays('2026-12-31', 1), monday('2026-11-26'), monday('2026-11-29')]).toEqual(['2027-01-01', '2026-11-23', '2026-11-23']);
    expect([step('2026-01-31', 'month', 1), step('2026-01-15', 'month', -1), step('2026-11-26', 'week', 1)]).toEqual(['2026-02-01', '2025-12-01', '2026-11-30']);
  });
  it('shows whole weeks', () => {
    for (const [of, first, n] of [['2026-11-15', '2026-10-26', 42], ['2027-02-10', '2027-02-01', 28], ['2026-12-01', '2026-11-30', 35]] as const) {
      const days = daysOf(of, 'month');
      expect([days[0], days.length]).toEqual([first, n]);
      expect(days.includes(addDays(step(of, 'month', 1), -1))).toBe(true);
    }
    expect(daysOf('2026-11-26', 'week')).toEqual(['2026-11-23', '2026-11-24', '2026-11-25', '2026-11-26', '2026-11-27', '2026-11-28', '2026-11-29']);
  });
  it('asks for what is on its days, at midnight of the time zone', () => {
    expect(during([], instant, undefined, '2026-11-01', '2026-11-30', zone)).toEqual([{ path: ['at'], op: 'gte', value: '2026-10-31T16:00:00Z' }, { path: ['at'], op: 'lt', value: '2026-11-30T16:00:00Z' }]);
    expect(during([], day, end, '2026-11-01', '2026-11-30', zone)).toEqual([
      { path: ['on'], op: 'lt', value: '2026-12-01' },
      { or: [{ path: ['end'], op: 'gte', value: '2026-11-01' }, { and: [{ path: ['end'], op: 'isNull', value: true }, { path: ['on'], op: 'gte', value: '2026-11-01' }] }] },
    ]);
  });
  it('puts records on each day from their first to their last', () => {
    const rows: Row[] = [{ id: 'a', on: '2026-11-20', end: '2026-11-24' }, { id: 'b', on: '2026-11-25', end: null }, { id: 'c', on: '2026-11-26', end: '2026-11-01' }, { id: 'd', on: null, end: null }];
    const days = onDays(rows, daysOf('2026-11-26', 'week'), day, end, zone);
    expect([...days].map(([d, e]) => [d.slice(8), e.map((x) => `${x.row.id}${x.begins ? '<' : ''}${x.ends ? '>' : ''}`).join(' ')])).toEqual([['23', 'a'], ['24', 'a>'], ['25', 'b<>'], ['26', 'c<'], ['27', ''], ['28', ''], ['29', '']]);
  });
  it('puts what begins or ends on a day above what goes on', () => {
    const rows: Row[] = [{ id: 'on', on: '2026-11-01', end: '2026-12-01' }, { id: 'ends', on: '2026-11-02', end: '2026-11-24' }, { id: 'begins', on: '2026-11-24', end: '2026-12-01' }];
    expect(onDays(rows, ['2026-11-24'], day, end, zone).get('2026-11-24')!.map((e) => e.row.id)).toEqual(['begins', 'ends', 'on']);
  });
  it('reads instants as clocks of the time zone show them', () => {
    expect([dayIn(instant, '2026-11-25T17:30:00Z', zone), timeIn(instant, '2026-11-25T17:30:00Z', zone), dayIn(day, '2026-11-25', zone), timeIn(day, '2026-11-25', zone), dayIn(day, null, zone)]).toEqual(['2026-11-26', '01:30', '2026-11-25', '', undefined]);
  });
});
