// What a list shows, as it stands in the address: a view, and what one changed of it.
import type { ObjectMeta, Sort, View } from '@/shared/meta/types';
import type { ListSearch } from '@/app/router';

/** viewOf picks the view of an address, else the first one. */
export const viewOf = (views: View[], search: ListSearch): View => views.find((v) => v.name === search.view) ?? views[0]!;

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

/** nextSort is the order after a click on a column: ascending, descending, none. With add the other keys stay. */
export function nextSort(sort: Sort[], field: string, add = false): Sort[] {
  const at = sort.findIndex((s) => s.field === field);
  const was = sort[at];
  if (!add) return at !== 0 || !was ? [{ field }] : was.desc ? [] : [{ field, desc: true }];
  if (!was) return [...sort, { field }];
  return was.desc ? sort.filter((s) => s !== was) : sort.map((s) => (s === was ? { field, desc: true } : s));
}
