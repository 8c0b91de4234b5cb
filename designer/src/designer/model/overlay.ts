// Properties that are changed of a file of another package, as metadata/overlay of the server takes them: by
// path, the members of lists by their names.
import type { Json } from '@/shared/api/graphql';

export type Doc = { [key: string]: Json };
export interface Overlay {
  set: Doc;
  remove: string[];
}

const names = ['name', 'key', 'code', 'id', 'object', 'field'];

export const isDoc = (v: Json | undefined): v is Doc => typeof v === 'object' && v !== null && !Array.isArray(v);

/** nameOf is what a member of a list is called; undefined when it has no name. */
export function nameOf(v: Json | undefined): string | undefined {
  if (!isDoc(v)) return undefined;
  for (const n of names) if (typeof v[n] === 'string') return v[n];
  return undefined;
}

export const same = (a: Json | undefined, b: Json | undefined): boolean => {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((x, i) => same(x, b[i]));
  if (!isDoc(a) || !isDoc(b)) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((k) => same(a[k], b[k]));
};

/** named says whether the members of a list can be addressed: each has a name of its own, without points. */
function named(list: Json[]): boolean {
  const all = list.map(nameOf);
  return all.every((n) => n !== undefined && n !== '' && !n.includes('.')) && new Set(all).size === all.length;
}

/** diff says what makes one document of another; undefined when the whole of it has to be set. */
export function diff(from: Doc, to: Doc): Overlay {
  const out: Overlay = { set: {}, remove: [] };
  walkDoc(from, to, '', out);
  return out;
}

const under = (path: string, key: string) => (path ? `${path}.${key}` : key);

function walkDoc(from: Doc, to: Doc, path: string, out: Overlay) {
  for (const k of Object.keys(from)) if (!(k in to)) out.remove.push(under(path, k));
  for (const [k, v] of Object.entries(to)) walk(from[k], v, under(path, k), out);
}

function walk(from: Json | undefined, to: Json, path: string, out: Overlay) {
  if (same(from, to)) return;
  if (isDoc(from) && isDoc(to) && ![...Object.keys(from), ...Object.keys(to)].some((k) => k.includes('.') || k === '')) return walkDoc(from, to, path, out);
  if (Array.isArray(from) && Array.isArray(to) && named(from) && named(to) && inOrder(from, to)) {
    for (const x of from) if (!to.some((y) => nameOf(y) === nameOf(x))) out.remove.push(under(path, nameOf(x)!));
    for (const y of to) walk(from.find((x) => nameOf(x) === nameOf(y)), y, under(path, nameOf(y)!), out);
    return;
  }
  out.set[path] = to;
}

/** inOrder says whether the members that stay are in their order, and new ones behind them: others have no path. */
function inOrder(from: Json[], to: Json[]): boolean {
  const was = from.map(nameOf);
  const stays = to.map(nameOf).filter((n) => was.includes(n));
  const kept = was.filter((n) => stays.includes(n));
  return stays.every((n, i) => n === kept[i]) && to.slice(stays.length).every((x) => !was.includes(nameOf(x)));
}

/** apply changes a document as an overlay says; what does not fit is left. */
export function apply(doc: Doc, over: Partial<Overlay>): Doc {
  const out = structuredClone(doc);
  for (const [path, v] of Object.entries(over.set ?? {})) put(out, path, v);
  for (const path of over.remove ?? []) put(out, path, undefined);
  return out;
}

function put(root: Doc, path: string, v: Json | undefined) {
  let at: Json = root;
  let rest = path;
  for (;;) {
    const next = step(at, rest);
    if (!next || next.rest === '') break;
    at = next.value;
    rest = next.rest;
  }
  if (Array.isArray(at)) {
    const i = at.findIndex((x) => nameOf(x) === rest);
    if (v !== undefined && nameOf(v) === rest) at.splice(i >= 0 ? i : at.length, i >= 0 ? 1 : 0, v);
    else if (v === undefined && i >= 0) at.splice(i, 1);
  } else if (isDoc(at) && (rest in at || !rest.includes('.'))) {
    if (v === undefined) delete at[rest];
    else at[rest] = v;
  }
}

/** step goes down by the longest key that fits. */
function step(at: Json, path: string): { value: Json; rest: string } | undefined {
  const found: { value: Json; rest: string }[] = [];
  const attempt = (name: string | undefined, value: Json) => {
    if (name && (path === name || path.startsWith(`${name}.`))) found.push({ value, rest: path.slice(name.length + 1) });
  };
  if (Array.isArray(at)) at.forEach((x) => attempt(nameOf(x), x));
  else if (isDoc(at)) Object.entries(at).forEach(([k, x]) => attempt(k, x));
  return found.sort((a, b) => a.rest.length - b.rest.length)[0];
}
