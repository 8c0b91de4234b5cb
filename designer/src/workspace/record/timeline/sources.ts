// Where the timeline of a record comes from, and asking all of it with one request.
import { graphql, type Json, type Row } from '@/shared/api/graphql';
import { entryOf, fieldOf } from '@/shared/meta/load';
import { selectFields } from '@/shared/meta/select';
import type { Index, ObjectMeta, TimelineSource } from '@/shared/meta/types';
import type { Task } from '../../approval/api';
import { size, type Answer, type Ask, type Happening, type Page } from './model';

export interface Change {
  at: string;
  by: string | null;
  verb: string;
  changes: Record<string, [Json, Json]> | null;
}

export type Told = Happening & ({ kind: 'change'; change: Change } | { kind: 'approval'; task: Task } | { kind: 'record'; object: string; source: TimelineSource; row: Row });

/** A source of one kind: changes, approvals, or an object's records. */
export interface Source {
  key: string;
  kind: string; // 'change', 'approval', or the object's name
  /** part asks for a page, as the field of a query; of the variables there are $id, and $after where there is a cursor. */
  part?: (after: string) => string;
  page: (answer: never) => Page<Told>;
}

/** sourcesOf names the sources of a record. Metadata of the objects that it is told of is there. */
export function sourcesOf(index: Index, meta: ObjectMeta, row: Row, children: ObjectMeta[]): Source[] {
  const out = [meta.features.includes('history') ? changes(meta) : creation(meta, row)];
  if (meta.processes?.length) out.push(approvals());
  for (const s of meta.timeline ?? []) {
    const child = children.find((c) => c.name === s.object);
    const entry = entryOf(index, s.object);
    if (child && entry) out.push(records(index, child, s));
  }
  return out;
}

const changes = (meta: ObjectMeta): Source => ({
  key: 'change',
  kind: 'change',
  part: (after) => `${meta.one}(id: $id) { history(first: ${size}${after}) { cursor at by verb changes } }`,
  page: (answer: { history: (Change & { cursor: string })[] } | null) => {
    const list = answer?.history ?? [];
    return { entries: list.map((c) => ({ id: `change ${c.cursor}`, at: c.at, kind: 'change' as const, change: c })), cursor: list.length < size ? null : list.at(-1)!.cursor };
  },
});

/** creation is all that a record without history tells of itself. */
const creation = (meta: ObjectMeta, row: Row): Source => ({
  key: 'change',
  kind: 'change',
  page: () => {
    const at = row[systemField(meta, 'created_at')?.api ?? ''];
    const by = row[systemField(meta, 'created_by')?.api ?? ''];
    const change: Change = { at: String(at), by: typeof by === 'string' ? by : null, verb: 'create', changes: null };
    return { entries: typeof at === 'string' ? [{ id: 'created', at, kind: 'change' as const, change }] : [], cursor: null };
  },
});

/** approvals are told whole: what was decided, and what waits for a decision. */
const approvals = (): Source => ({
  key: 'approval',
  kind: 'approval',
  part: () => 'approvals(record: $id) { tasks { id processName nodeName status assignee pool created decision decidedBy decidedAt reason } }',
  page: (answer: { tasks: Task[] }[]) => {
    const tasks = answer.flatMap((a) => a.tasks).filter((x) => x.decidedAt || x.status === 'pending' || x.status === 'claimable');
    const entries = tasks.map((task) => ({ id: task.id, at: task.decidedAt ?? task.created, kind: 'approval' as const, task }));
    return { entries: entries.sort((a, b) => Date.parse(b.at) - Date.parse(a.at)), cursor: null };
  },
});

const records = (index: Index, child: ObjectMeta, s: TimelineSource): Source => ({
  key: `${s.object} ${s.via}`,
  kind: s.object,
  part: (after) =>
    `${child.many}(first: ${size}${after}, filter: {${s.via}: {eq: $id}, ${s.at}: {isNull: false}}, orderBy: [{${s.at}: DESC}]) { nodes { ${selectFields(index, child, [s.at, ...detailsOf(child, s), systemField(child, 'created_by')?.api ?? 'id'])} } pageInfo { hasNextPage endCursor } }`,
  page: (answer: { nodes: Row[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } }) => ({
    entries: answer.nodes.map((row) => ({ id: row.id, at: String(row[s.at]), kind: 'record' as const, object: s.object, source: s, row })),
    cursor: answer.pageInfo.hasNextPage ? answer.pageInfo.endCursor : null,
  }),
});

export const systemField = (meta: ObjectMeta, name: string) => meta.fields.find((f) => f.system && f.name === name);

/** detailsOf names what a line says of a record: the first columns of its first list that say something new here. */
export function detailsOf(child: ObjectMeta, s: TimelineSource): string[] {
  const view = child.views.find((v) => v.kind === 'list') ?? child.views[0];
  const said = new Set([child.nameField, s.via, s.at]);
  return (view?.columns ?? []).filter((c) => !said.has(c) && fieldOf(child, c)).slice(0, 3);
}

/** ask gets pages of sources of a record, with one request. */
export async function ask(sources: Source[], id: string, what: Ask, signal?: AbortSignal): Promise<Answer<Told>> {
  const asked = sources.filter((s) => s.key in what);
  const variables: Record<string, string> = { id };
  const parts = asked.map((s, i) => {
    const after = what[s.key];
    if (after) variables[`a${i}`] = after;
    return s.part && `s${i}: ${s.part(after ? `, after: $a${i}` : '')}`;
  });
  const declared = Object.keys(variables).map((v) => `$${v}: ${v === 'id' ? 'ID!' : 'String'}`);
  const data = parts.some((p) => p) ? await graphql<Record<string, never>>(`query Timeline(${declared.join(', ')}) { ${parts.filter((p) => p).join(' ')} }`, variables, signal) : {};
  return Object.fromEntries(asked.map((s, i) => [s.key, s.page(data[`s${i}`] as never)]));
}
