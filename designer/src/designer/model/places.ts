// Moving things between lists: fields between the sections of a layout, nodes in a flow that is a tree.
import type { Json } from '@/shared/api/graphql';
import { isDoc, type Doc } from './overlay';

export function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const out = list.slice();
  const [x] = out.splice(from, 1);
  if (x !== undefined) out.splice(Math.max(0, Math.min(to, out.length)), 0, x);
  return out;
}

export interface Section {
  label: Json;
  columns?: number;
  fields: Doc[];
  [key: string]: Json | undefined;
}

/** where finds a field in the sections. */
export function where(sections: readonly Section[], field: string): { section: number; at: number } | undefined {
  for (const [section, s] of sections.entries()) {
    const at = s.fields.findIndex((f) => f.field === field);
    if (at >= 0) return { section, at };
  }
  return undefined;
}

/** place puts a field at a place of a section, from wherever it is; one that is nowhere is added. */
export function place(sections: readonly Section[], field: string, section: number, at: number): Section[] {
  const was = where(sections, field);
  const item = was ? sections[was.section]!.fields[was.at]! : { field };
  const out = sections.map((s) => ({ ...s, fields: s.fields.filter((f) => f.field !== field) }));
  const target = out[section];
  if (!target) return sections.slice();
  target.fields.splice(Math.max(0, Math.min(at, target.fields.length)), 0, item);
  return out;
}

/** without takes a field out of the sections. */
export const without = (sections: readonly Section[], field: string): Section[] => sections.map((s) => ({ ...s, fields: s.fields.filter((f) => f.field !== field) }));

/** A flow is a list of nodes, of which some hold branches with flows of their own. Places are paths such as [0, 'branches', 1, 'flow', 2]. */
export type Path = (string | number)[];

export function at(root: Json | undefined, path: Path): Json | undefined {
  let v: Json | undefined = root;
  for (const k of path) v = Array.isArray(v) ? v[k as number] : isDoc(v) ? v[k as string] : undefined;
  return v;
}

/** set gives a copy in which another value stands at a path. */
export function set<T extends Json>(root: T, path: Path, v: Json | undefined): T {
  const [k, ...rest] = path;
  if (k === undefined) return v as T;
  if (Array.isArray(root)) {
    const out: Json[] = root.slice();
    if (rest.length === 0 && v === undefined) out.splice(k as number, 1);
    else out[k as number] = set(out[k as number] ?? {}, rest, v);
    return out as T;
  }
  const out: Doc = { ...(isDoc(root) ? root : {}) };
  if (rest.length === 0 && v === undefined) delete out[k as string];
  else out[k as string] = set(out[k as string] ?? (typeof rest[0] === 'number' ? [] : {}), rest, v);
  return out as T;
}

/** insert puts a member into the list at the path without its last step, which says where. */
export function insert<T extends Json>(root: T, path: Path, v: Json): T {
  const list = at(root, path.slice(0, -1));
  const out = Array.isArray(list) ? list.slice() : [];
  out.splice(path.at(-1) as number, 0, v);
  return set(root, path.slice(0, -1), out);
}

/** ids are the names of all nodes of a flow. */
export function ids(flow: Json | undefined, branches = 'branches', inner = 'flow'): string[] {
  if (!Array.isArray(flow)) return [];
  return flow.flatMap((n) => (isDoc(n) ? [...(typeof n.id === 'string' ? [n.id] : []), ...(Array.isArray(n[branches]) ? n[branches].flatMap((b) => (isDoc(b) ? ids(b[inner], branches, inner) : [])) : [])] : []));
}

/** fresh is a name that is not taken: base, base_2, base_3 … */
export function fresh(base: string, taken: Iterable<string>): string {
  const all = new Set(taken);
  let name = base;
  for (let n = 2; all.has(name); n++) name = `${base}_${n}`;
  return name;
}

/** History keeps what was, for undo and redo. */
export interface History<T> {
  past: T[];
  now: T;
  next: T[];
}
export const begin = <T>(now: T): History<T> => ({ past: [], now, next: [] });
export const step = <T>(h: History<T>, now: T): History<T> => ({ past: [...h.past.slice(-99), h.now], now, next: [] });
export const undo = <T>(h: History<T>): History<T> => (h.past.length ? { past: h.past.slice(0, -1), now: h.past.at(-1)!, next: [h.now, ...h.next] } : h);
export const redo = <T>(h: History<T>): History<T> => (h.next.length ? { past: [...h.past, h.now], now: h.next[0]!, next: h.next.slice(1) } : h);
