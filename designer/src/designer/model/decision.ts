// Decision tables: their rows, of versions too, and what is wrong with which.
import type { Json } from '@/shared/api/graphql';
import { isDoc, type Doc } from './overlay';
import type { Path } from './places';

export const hits = ['unique', 'first', 'priority', 'rule_order', 'collect', 'collect_sum', 'collect_min', 'collect_max', 'collect_count'] as const;

const docs = (v: Json | undefined): Doc[] => (Array.isArray(v) ? v.filter(isDoc) : []);

/** rowsOf are the rows of a version; -1: those that hold until the first. */
export const rowsOf = (doc: Doc, version: number): Doc[] => docs(version < 0 ? doc.rows : docs(doc.versions)[version]?.rows);

export const withRows = (doc: Doc, version: number, rows: Doc[]): Doc => (version < 0 ? { ...doc, rows } : { ...doc, versions: docs(doc.versions).map((v, i) => (i === version ? { ...v, rows } : v)) });

/** withCell sets a test or what a row gives; an empty test is none. */
export function withCell(rows: Doc[], at: number, part: 'when' | 'then', field: string, text: string): Doc[] {
  return rows.map((row, i) => {
    if (i !== at) return row;
    const { [field]: _, ...rest } = isDoc(row[part]) ? row[part] : {};
    const cells: Doc = text ? { ...rest, [field]: text } : rest;
    if (part === 'then' || Object.keys(cells).length) return { ...row, [part]: cells };
    const { when: __, ...bare } = row;
    return bare;
  });
}

/** wrongRows are the rows of a version that findings are about, by their paths. */
export function wrongRows(paths: (Path | undefined)[], version: number): Set<number> {
  const out = new Set<number>();
  for (const p of paths) {
    const rest = version < 0 ? p : p?.[0] === 'versions' && p[1] === version ? p.slice(2) : undefined;
    if (rest?.[0] === 'rows' && typeof rest[1] === 'number') out.add(rest[1]);
  }
  return out;
}

/** readInput reads what is typed for an input by the type of its field; undefined for nothing. */
export function readInput(type: string, text: string): Json | undefined {
  if (text === '') return undefined;
  if (type === 'bool') return text === 'true';
  if (type === 'int') return /^-?\d+$/.test(text) ? Number(text) : text;
  return text;
}
