// Filters as trees of conditions, without React. A path may lead over references (account, industry) and, with one of
// the words some and none, over the records that refer to this one (quotes, some, status).
import type { Json } from '@/shared/api/graphql';
import type { Condition, Filter, Group, ObjectMeta } from '@/shared/meta/types';

export const isGroup = (x: Condition | Group): x is Group => 'or' in x || 'and' in x;
export const partsOf = (g: Group): Filter => ('or' in g ? g.or : g.and);
export const groupOf = (any: boolean, parts: Filter): Group => (any ? { or: parts } : { and: parts });

type Doc = Record<string, Json>;

function write(x: Condition | Group): Doc | null {
  if (!isGroup(x)) return x.path.reduceRight<Json>((inner, name) => ({ [name]: inner }), { [x.op]: x.value }) as Doc;
  const parts = partsOf(x).map(write).filter((p) => p !== null);
  if (parts.length < 2) return parts[0] ?? null;
  return 'or' in x ? { or: parts } : { and: parts };
}

/** filterOf writes a filter as the API takes it; null when it is of nothing. */
export const filterOf = (filter: Filter): Doc | null => write({ and: filter });

const word = (v: unknown): v is string => typeof v === 'string' && /^\w+$/.test(v);

function read(x: unknown, depth: number): Condition | Group | null {
  if (!x || typeof x !== 'object' || depth > 4) return null;
  const doc = x as Record<string, unknown>;
  const list = doc.or ?? doc.and;
  if (list !== undefined) {
    if (!Array.isArray(list)) return null;
    const parts = list.map((p) => read(p, depth + 1)).filter((p) => p !== null);
    return parts.length ? groupOf('or' in doc, parts) : null;
  }
  const { path, op, value } = doc;
  return Array.isArray(path) && path.length > 0 && path.every(word) && word(op) && 'value' in doc ? { path: path as string[], op, value: value as Json } : null;
}

/** readFilter takes from a document what is a filter; undefined where it is none at all. */
export const readFilter = (doc: unknown): Filter | undefined => (Array.isArray(doc) ? doc.map((x) => read(x, 0)).filter((x) => x !== null) : undefined);

/** parseFilter reads the filter of an address; anything else is none. */
export function parseFilter(text: string | undefined): Filter | undefined {
  if (text === undefined) return undefined;
  try {
    return readFilter(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** conditionsIn are all conditions of a filter, however deep. */
export const conditionsIn = (filter: Filter): Condition[] => filter.flatMap((x) => (isGroup(x) ? conditionsIn(partsOf(x)) : [x]));

/** answerable says whether all that a filter begins with is there for the caller. */
export const answerable = (meta: ObjectMeta, filter: Filter): boolean =>
  conditionsIn(filter).every(({ path: [first] }) => meta.fields.some((f) => (f.api === first && f.filter) || f.record === first) || meta.relations.some((r) => r.name === first));
