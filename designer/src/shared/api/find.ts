// Looking records up by what they are called.
import { graphql } from './graphql';
import type { Entry } from '@/shared/meta/types';

export interface Found {
  id: string;
  title: string;
}

/** find gives at most 20 records of an object that match what is typed; the first ones when nothing is. */
export async function find(e: Entry, text: string, signal?: AbortSignal): Promise<Found[]> {
  const name = e.nameField ?? 'id';
  const typed = text.trim();
  const search = typed && e.searchable ? ', search: $text' : '';
  const filter = typed && !e.searchable && e.nameField ? `, filter: {${name}: {contains: $text}}` : '';
  const declare = search || filter ? '($text: String!)' : '';
  const data = await graphql<{ rows: { nodes: Record<string, string>[] } }>(`query Find${declare} { rows: ${e.many}(first: 20${search}${filter}) { nodes { id ${name} } } }`, search || filter ? { text: typed } : {}, signal);
  return data.rows.nodes.map((n) => ({ id: n.id!, title: String(n[name] ?? n.id) }));
}

/** named gives what a record is called. */
export async function named(e: Entry, id: string, signal?: AbortSignal): Promise<Found | null> {
  const name = e.nameField ?? 'id';
  const data = await graphql<{ row: Record<string, string> | null }>(`query Named($id: ID!) { row: ${e.one}(id: $id) { id ${name} } }`, { id }, signal);
  return data.row && { id, title: String(data.row[name] ?? id) };
}

/** search gives at most so many records of any object that match what is typed, the best first. */
export const search = (text: string, signal?: AbortSignal, first = 20) =>
  graphql<{ search: { object: string; title: string | null; record: { id: string } | null }[] }>('query Search($text: String!, $first: Int!) { search(text: $text, first: $first) { object title record { id } } }', { text, first }, signal).then((d) =>
    d.search.filter((h) => h.record).map((h) => ({ object: h.object, id: h.record!.id, title: h.title || h.record!.id })),
  );
