// A board without React: its lanes, what they hold in all, and moving a card from one to another.
import type { Row } from '@/shared/api/graphql';
import { add, decimal, text as written } from '@/shared/meta/decimal';
import type { Choice, Condition, Field, Filter, ObjectMeta } from '@/shared/meta/types';
import { isGroup } from '../filters';

/** Lane is a column of a board: the records with one choice; those without any have null. */
export interface Lane {
  value: string | null;
  choice?: Choice;
}

/** lanesOf are the choices of a field that the filter leaves, in order; one for records without a choice where there can be any. */
export function lanesOf(field: Field, filter: Filter): Lane[] {
  const on = filter.filter((x): x is Condition => !isGroup(x) && x.path.length === 1 && x.path[0] === field.api);
  const values = (c: Condition) => (Array.isArray(c.value) ? c.value : [c.value]) as string[];
  const fits = (v: string | null) =>
    on.every((c) => {
      if (c.op === 'eq' || c.op === 'in') return v !== null && values(c).includes(v);
      if (c.op === 'ne' || c.op === 'notIn') return v === null || !values(c).includes(v);
      return c.op !== 'isNull' || (c.value === true) === (v === null);
    });
  const lanes: Lane[] = (field.choices ?? []).filter((c) => !c.inactive && fits(c.value)).map((choice) => ({ value: choice.value, choice }));
  return field.required || !fits(null) ? lanes : [{ value: null }, ...lanes];
}

/** laneFilter narrows a filter down to a lane. */
export const laneFilter = (filter: Filter, field: Field, lane: Lane): Filter => [...filter, lane.value === null ? { path: [field.api], op: 'isNull', value: true } : { path: [field.api], op: 'eq', value: lane.value }];

/** summed is the field whose values a board adds up: the first amount among its columns. */
export const summed = (columns: Field[]): Field | undefined => columns.find((f) => f.money && f.kind === 'money' && !!f.filter);

export const currencyOf = (meta: ObjectMeta): Field | undefined => meta.fields.find((f) => f.api === 'currency' && f.groupable);

export interface Group {
  key: Record<string, string | null>;
  count: number;
  sum?: Record<string, string | null>;
}

export interface Total {
  count: number;
  sums: { currency: string | null; amount: string }[]; // amounts of different currencies are not added up
}

/** totalsOf brings the answer of an aggregation into lanes. */
export function totalsOf(groups: Group[], field: Field, amount: Field | undefined): Map<string | null, Total> {
  const out = new Map<string | null, Total>();
  for (const g of groups) {
    const lane = g.key[field.api] ?? null;
    const total = out.get(lane) ?? { count: 0, sums: [] };
    total.count += g.count;
    const sum = amount && decimal(g.sum?.[amount.api]);
    if (sum) {
      const currency = g.key.currency ?? null;
      const same = total.sums.find((s) => s.currency === currency);
      if (same) same.amount = written(add(decimal(same.amount)!, sum));
      else total.sums.push({ currency, amount: written(sum) });
    }
    out.set(lane, total);
  }
  return out;
}

export interface Page {
  rows: Row[];
  end: string | null;
  more: boolean;
}

export interface Pages {
  pages: Page[];
  pageParams: unknown[];
}

/** without takes a card out of a lane, and atTop puts one there. */
export const without = (all: Pages | undefined, id: string): Pages | undefined => all && { ...all, pages: all.pages.map((p) => ({ ...p, rows: p.rows.filter((r) => r.id !== id) })) };
export const atTop = (all: Pages | undefined, row: Row): Pages | undefined => all && { ...all, pages: all.pages.map((p, i) => (i === 0 ? { ...p, rows: [row, ...p.rows.filter((r) => r.id !== row.id)] } : p)) };
