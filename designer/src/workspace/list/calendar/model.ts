// A calendar without React: which days are shown, and which records stand on them. Days are texts such as 2026-03-01.
import type { Row } from '@/shared/api/graphql';
import { fromWall, toWall } from '@/shared/meta/format';
import type { Field, Filter } from '@/shared/meta/types';

export type Span = 'month' | 'week';

const at = (day: string) => new Date(`${day}T00:00:00Z`);
const dayOf = (d: Date) => d.toISOString().slice(0, 10);

export const isDay = (s: string | undefined): s is string => !!s && /^\d{4}-\d{2}-\d{2}$/.test(s) && !Number.isNaN(at(s).getTime()) && dayOf(at(s)) === s;

export const addDays = (day: string, n: number): string => dayOf(new Date(at(day).getTime() + n * 86_400_000));

/** monday is the first day of a day's week. */
export const monday = (day: string): string => addDays(day, -((at(day).getUTCDay() + 6) % 7));

const firstOf = (day: string) => `${day.slice(0, 8)}01`;

/** step goes a month or a week on, or back; to the first day of a month. */
export function step(day: string, span: Span, by: 1 | -1): string {
  if (span === 'week') return addDays(monday(day), 7 * by);
  const d = at(firstOf(day));
  d.setUTCMonth(d.getUTCMonth() + by);
  return dayOf(d);
}

/** daysOf are the days that are shown: a week, or the whole weeks of a month. */
export function daysOf(day: string, span: Span): string[] {
  const first = monday(span === 'week' ? day : firstOf(day));
  const weeks = span === 'week' ? 1 : Math.ceil((1 + (at(addDays(step(day, 'month', 1), -1)).getTime() - at(first).getTime()) / 86_400_000) / 7);
  return Array.from({ length: weeks * 7 }, (_, i) => addDays(first, i));
}

const timed = (f: Field) => (f.as || f.kind) === 'datetime';

/** during narrows a filter down to the records that are on one of the days from first to last. */
export function during(filter: Filter, from: Field, to: Field | undefined, first: string, last: string, zone: string): Filter {
  const begin = (f: Field) => (timed(f) ? fromWall(`${first}T00:00`, zone) : first);
  const after = (f: Field) => (timed(f) ? fromWall(`${addDays(last, 1)}T00:00`, zone) : addDays(last, 1));
  const starts = { path: [from.api], op: 'lt', value: after(from) };
  if (!to) return [...filter, { path: [from.api], op: 'gte', value: begin(from) }, starts];
  const open: Filter = [{ path: [to.api], op: 'isNull', value: true }, { path: [from.api], op: 'gte', value: begin(from) }];
  return [...filter, starts, { or: [{ path: [to.api], op: 'gte', value: begin(to) }, { and: open }] }];
}

/** dayIn gives the day of a value, in a time zone. */
export function dayIn(f: Field, value: unknown, zone: string): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return timed(f) ? toWall(value, zone).slice(0, 10) || undefined : value.slice(0, 10);
}

/** timeIn gives the time of the day of an instant, "" for days. */
export const timeIn = (f: Field, value: unknown, zone: string): string => (timed(f) && typeof value === 'string' ? toWall(value, zone).slice(11, 16) : '');

export interface Entry {
  row: Row;
  begins: boolean; // on this day
  ends: boolean;
}

const rank = (e: Entry) => (e.begins ? 0 : e.ends ? 1 : 2);

/** onDays puts records on their days; those over several days stand on each, below those that begin or end there. */
export function onDays(rows: Row[], days: string[], from: Field, to: Field | undefined, zone: string): Map<string, Entry[]> {
  const out = new Map<string, Entry[]>(days.map((d) => [d, []]));
  for (const row of rows) {
    const begin = dayIn(from, row[from.api], zone);
    if (!begin) continue;
    const end = (to && dayIn(to, row[to.api], zone)) || begin;
    for (const d of days) if (d >= begin && d <= (end < begin ? begin : end)) out.get(d)!.push({ row, begins: d === begin, ends: d === end });
  }
  for (const all of out.values()) all.sort((a, b) => rank(a) - rank(b));
  return out;
}
