// What saved views hold, and keeping it.
import { graphql, type Json } from '@/shared/api/graphql';
import type { Saved } from '@/shared/meta/saved';
import type { Entry, Filter, ObjectMeta, Sort, View } from '@/shared/meta/types';
import { answerable, readFilter } from './filters';

const kinds = ['list', 'kanban', 'calendar'] as const;

interface Columns {
  columns: string[];
  widths: Record<string, number>;
}

/** columnsOf reads the columns of a definition, without those that are not there for the caller. */
export function columnsOf(definition: Record<string, unknown>, meta: ObjectMeta): Columns | undefined {
  if (!Array.isArray(definition.columns)) return undefined;
  const out: Columns = { columns: [], widths: {} };
  for (const c of definition.columns as { field?: unknown; width?: unknown }[]) {
    const f = meta.fields.find((x) => x.api === c?.field);
    if (!f || out.columns.includes(f.api)) continue;
    out.columns.push(f.api);
    if (typeof c.width === 'number' && c.width >= 40 && c.width <= 2000) out.widths[f.api] = c.width;
  }
  return out.columns.length ? out : undefined;
}

const text = (v: unknown, meta: ObjectMeta) => (meta.fields.some((f) => f.api === v) ? (v as string) : undefined);

/** viewOfSaved reads a saved view; undefined when it shows or asks what is not there for the caller. */
export function viewOfSaved(s: Saved, meta: ObjectMeta): View | undefined {
  const d = s.definition;
  const kind = kinds.find((k) => k === d.kind) ?? 'list';
  const columns = columnsOf(d, meta);
  const filter = readFilter(d.filter) ?? [];
  const [group, from, to] = [text(d.group, meta), text(d.from, meta), text(d.to, meta)];
  if (!columns || !answerable(meta, filter) || (kind === 'kanban' && !group) || (kind === 'calendar' && !from)) return undefined;
  const sort = (Array.isArray(d.sort) ? (d.sort as Sort[]) : []).filter((x) => meta.fields.some((f) => f.api === x?.field && f.sortable)).map((x) => (x.desc ? { field: x.field, desc: true } : { field: x.field }));
  return { name: s.id, label: { en: s.name }, kind, ...columns, filter, sort, group, from, to, saved: { id: s.id, version: s.version, own: s.own, shared: s.shared } };
}

/** viewsOf are all views of an object: those of metadata, one's own and the shared ones, with the columns that one chose. */
export function viewsOf(meta: ObjectMeta, saved: Saved[]): View[] {
  const all = [...meta.views, ...saved.filter((s) => !s.adjusts).map((s) => viewOfSaved(s, meta)).filter((v) => v !== undefined)];
  return all.map((v) => {
    const mine = saved.find((s) => s.own && s.adjusts === v.name);
    const columns = mine && columnsOf(mine.definition, meta);
    return columns ? { ...v, ...columns } : v;
  });
}

/** definitionOf is what is kept of a view. */
export function definitionOf(v: Pick<View, 'kind' | 'columns' | 'widths' | 'filter' | 'sort' | 'group' | 'from' | 'to'>): Record<string, Json> {
  const columns = v.columns.map((field) => (v.widths?.[field] ? { field, width: Math.round(v.widths[field]) } : { field }));
  return JSON.parse(JSON.stringify({ kind: v.kind, columns, filter: v.filter as Filter, sort: v.sort, group: v.kind === 'kanban' ? v.group : undefined, from: v.kind === 'calendar' ? v.from : undefined, to: v.kind === 'calendar' ? v.to : undefined })) as Record<string, Json>;
}

const given = (e: Entry) => `{ record: ${e.one} { id version name adjusts shared definition } }`;

/** createView saves a view; it gives the record. */
export const createView = (e: Entry, input: Record<string, unknown>): Promise<Saved> =>
  graphql<{ r: { record: Saved } }>(`mutation Save($input: ${e.type}Create!) { r: create${e.type}(input: $input) ${given(e)} }`, { input }).then((d) => ({ ...d.r.record, own: true }));

export const changeView = (e: Entry, id: string, patch: Record<string, unknown>): Promise<Saved> =>
  graphql<{ r: { record: Saved } }>(`mutation Save($id: ID!, $patch: ${e.type}Patch!) { r: update${e.type}(id: $id, patch: $patch) ${given(e)} }`, { id, patch }).then((d) => ({ ...d.r.record, own: true }));

export const dropView = (e: Entry, id: string) => graphql(`mutation Drop($id: ID!) { delete${e.type}(id: $id) { warnings { message } } }`, { id });

/** keepColumns keeps the columns of a view: in the view where it is one's own, else beside it. */
export function keepColumns(e: Entry, object: string, saved: Saved[], view: View): Promise<Saved> {
  const columns = definitionOf(view).columns;
  const own = view.saved?.own ? saved.find((s) => s.id === view.saved!.id) : saved.find((s) => s.own && s.adjusts === view.name);
  if (own) return changeView(e, own.id, { definition: { ...own.definition, columns } });
  return createView(e, { name: (view.label.en || view.label['zh-CN'] || view.name).slice(0, 80), objectName: object, adjusts: view.name, definition: { columns } });
}
