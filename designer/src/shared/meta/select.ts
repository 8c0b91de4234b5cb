// Selections of GraphQL for fields that metadata names.
import type { Entry, Field, Index, ObjectMeta } from './types';
import { entryOf } from './load';

const title = (e: Entry | undefined) => (e?.nameField && e.nameField !== 'id' ? ` ${e.nameField}` : '');

/** selectField selects a value; of references also what the record is called. */
export function selectField(index: Index, f: Field): string {
  if (f.parts) return `${f.api} { ${f.parts.join(' ')} }`;
  if (!f.record || !f.targets?.length) return f.api;
  if (f.targets.length === 1) {
    const target = entryOf(index, f.targets[0]!);
    return target ? `${f.api} ${f.record} { id${title(target)} }` : f.api;
  }
  const on = f.targets.map((t) => entryOf(index, t)).filter((e) => !!e).map((e) => `... on ${e.type} { id${title(e).replace(/^ (.+)/, ` ${e.one}Name: $1`)} }`);
  return `${f.api} ${f.record} { __typename ${on.join(' ')} }`;
}

/** selectFields selects fields of an object, and what every record has. */
export function selectFields(index: Index, meta: ObjectMeta, names: Iterable<string>): string {
  const wanted = new Set(names);
  if (meta.nameField) wanted.add(meta.nameField);
  if (meta.fields.some((f) => f.money && wanted.has(f.api))) wanted.add('currency');
  const out = ['id', 'version'];
  for (const f of meta.fields) if (wanted.has(f.api) && f.api !== 'id' && f.api !== 'version') out.push(selectField(index, f));
  return out.join(' ');
}

/** referred gives the id and the name of a record that a row refers to. */
export function referred(index: Index, f: Field, row: Record<string, unknown>): { id: string; title: string }[] {
  const value = row[f.api];
  if (value === null || value === undefined) return [];
  const ids = (Array.isArray(value) ? value : [value]) as string[];
  const record = f.record ? row[f.record] : undefined;
  const records = (Array.isArray(record) ? record : [record]) as (Record<string, unknown> | null | undefined)[];
  return ids.map((id) => {
    const r = records.find((x) => x?.id === id);
    const e = index.objects.find((o) => id.startsWith(`${o.prefix}_`) && f.targets?.includes(o.name));
    const named = r && e ? (r[e.nameField ?? 'id'] ?? r[`${e.one}Name`]) : undefined;
    return { id, title: String(named ?? id) };
  });
}

/** titleOf is what a record is called. */
export function titleOf(meta: { nameField?: string }, row: Record<string, unknown> | undefined): string {
  const v = meta.nameField ? row?.[meta.nameField] : undefined;
  return v === null || v === undefined || v === '' ? String(row?.id ?? '') : String(v);
}
