// A list as a query: which records, in which order, a hundred at a time.
import { graphql, type Json, type Row } from '@/shared/api/graphql';
import { selectFields } from '@/shared/meta/select';
import type { Filter, Index, ObjectMeta, Sort } from '@/shared/meta/types';
import { filterOf } from './filters';

export const windowSize = 100;

/** Listing is what a list shows. */
export interface Listing {
  filter: Filter;
  sort: Sort[];
  search: string;
}

export const orderOf = (sort: Sort[]) => (sort.length ? sort.map((s) => s.field.split('.').reduceRight<Json>((inner, name) => ({ [name]: inner }), s.desc ? 'DESC' : 'ASC')) : null);

/** variablesOf gives the arguments of a list and their values; unordered ones for aggregations. */
export function variablesOf(meta: ObjectMeta, l: Listing, ordered = true) {
  const args: [name: string, type: string, value: Json][] = [['filter', `${meta.type}Filter`, filterOf(l.filter)]];
  if (ordered) args.push(['orderBy', `[${meta.type}Order!]`, orderOf(l.sort)]);
  if (meta.searchable && l.search.trim() !== '') args.push(['search', 'String', l.search.trim()]);
  return { declare: args.map(([n, type]) => `$${n}: ${type}`).join(', '), pass: args.map(([n]) => `${n}: $${n}`).join(', '), values: Object.fromEntries(args.map(([n, , v]) => [n, v])) };
}

export interface Window {
  rows: Row[];
  end: string | null;
}

/** fetchWindow gives the rows behind a cursor. */
export async function fetchWindow(index: Index, meta: ObjectMeta, l: Listing, columns: string[], after: string | null, signal?: AbortSignal): Promise<Window> {
  const v = variablesOf(meta, l);
  const data = await graphql<{ rows: { nodes: Row[]; pageInfo: { endCursor: string | null } } }>(
    `query List(${v.declare}, $first: Int, $after: String) { rows: ${meta.many}(${v.pass}, first: $first, after: $after) { nodes { ${selectFields(index, meta, columns)} } pageInfo { endCursor } } }`,
    { ...v.values, first: windowSize, after },
    signal,
  );
  return { rows: data.rows.nodes, end: data.rows.pageInfo.endCursor };
}

export async function fetchCount(meta: ObjectMeta, l: Listing, signal?: AbortSignal): Promise<number> {
  const v = variablesOf(meta, l);
  const data = await graphql<{ rows: { totalCount: number } }>(`query Count(${v.declare}) { rows: ${meta.many}(${v.pass}) { totalCount } }`, v.values, signal);
  return data.rows.totalCount;
}

const stride = 1_000_000; // rows that one step over a list passes at most

/**
 * Cursors finds the cursor in front of any window. Lists are paged by key, so that windows stay whole while others
 * write; a jump passes over the rows between, from the nearest window that is known.
 */
export class Cursors {
  private readonly known = new Map<number, string | null>([[0, null]]); // by window
  private walk: Promise<unknown> = Promise.resolve();

  constructor(private readonly step: (after: string | null, rows: number, signal?: AbortSignal) => Promise<string | null>) {}

  /** learn keeps the cursor in front of a window. */
  learn(window: number, after: string | null) {
    if (after !== null) this.known.set(window, after);
  }

  nearest(window: number): number {
    let best = 0;
    for (const k of this.known.keys()) if (k <= window && k > best) best = k;
    return best;
  }

  /** before gives the cursor in front of a window. Only one walk is under way at a time. */
  before(window: number, signal?: AbortSignal): Promise<string | null> {
    if (this.known.has(window)) return Promise.resolve(this.known.get(window)!);
    const found = this.walk.catch(() => {}).then(() => this.go(window, signal));
    this.walk = found;
    return found;
  }

  private async go(window: number, signal?: AbortSignal): Promise<string | null> {
    for (let at = this.nearest(window); at < window; at = this.nearest(window)) {
      signal?.throwIfAborted();
      const windows = Math.min(Math.floor(stride / windowSize), window - at);
      const end = await this.step(this.known.get(at)!, windows * windowSize, signal);
      if (end === null) return this.known.get(at)!; // the list has become shorter
      this.known.set(at + windows, end);
    }
    return this.known.get(window)!;
  }
}

/** stepOver gives the cursor behind the next rows, or at the end of the list. */
export function stepOver(meta: ObjectMeta, l: Listing) {
  return async (after: string | null, rows: number, signal?: AbortSignal): Promise<string | null> => {
    const v = variablesOf(meta, l);
    const data = await graphql<{ rows: { pageInfo: { endCursor: string | null } } }>(
      `query Step(${v.declare}, $skip: Int, $after: String) { rows: ${meta.many}(${v.pass}, first: 1, skip: $skip, after: $after) { pageInfo { endCursor } } }`,
      { ...v.values, skip: rows - 1, after },
      signal,
    );
    if (data.rows.pageInfo.endCursor !== null) return data.rows.pageInfo.endCursor;
    const end = await graphql<{ rows: { pageInfo: { endCursor: string | null } } }>(`query End(${v.declare}) { rows: ${meta.many}(${v.pass}, last: 1) { pageInfo { endCursor } } }`, v.values, signal);
    return end.rows.pageInfo.endCursor;
  };
}
