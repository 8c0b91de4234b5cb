// What a list shows, as it stands in the address: a view, and what one changed of it.
import type { Condition, ObjectMeta, Sort, View } from '@/shared/meta/types';
import type { ListSearch } from '@/app/router';

/** listViews are the views that are lists. */
export const listViews = (meta: ObjectMeta): View[] => meta.views.filter((v) => v.kind === 'list');

export function viewOf(meta: ObjectMeta, search: ListSearch): View {
  const all = listViews(meta);
  return all.find((v) => v.name === search.view) ?? all[0] ?? meta.views[0]!;
}

/** parseSort reads "amount,-closeDate"; what the list cannot be ordered by is left out. */
export function parseSort(text: string | undefined, meta: ObjectMeta): Sort[] | undefined {
  if (text === undefined) return undefined;
  return text
    .split(',')
    .filter(Boolean)
    .map((s) => (s.startsWith('-') ? { field: s.slice(1), desc: true } : { field: s }))
    .filter((s) => meta.fields.some((f) => f.api === s.field && f.sortable));
}

export const writeSort = (sort: Sort[]) => sort.map((s) => (s.desc ? `-${s.field}` : s.field)).join(',');

/** nextSort is the order after a click on a column: ascending, descending, none. */
export function nextSort(sort: Sort[], field: string): Sort[] {
  const was = sort[0]?.field === field ? sort[0] : undefined;
  if (!was) return [{ field }];
  return was.desc ? [] : [{ field, desc: true }];
}

/** parseFilter reads the conditions of an address; anything else is none. */
export function parseFilter(text: string | undefined): Condition[] | undefined {
  if (text === undefined) return undefined;
  try {
    const all: unknown = JSON.parse(text);
    if (!Array.isArray(all)) return undefined;
    return all.filter((c): c is Condition => !!c && Array.isArray(c.path) && c.path.length > 0 && c.path.every((p: unknown) => typeof p === 'string' && /^\w+$/.test(p)) && typeof c.op === 'string' && /^\w+$/.test(c.op) && 'value' in c);
  } catch {
    return undefined;
  }
}
