// Imports as the server tells of them, and how their mapping is changed. runtime/transfer says what each part means.
import { ApiError } from '@/shared/api/http';
import type { Text } from '@/shared/meta/types';

export type Do = 'trim' | 'upper' | 'lower' | 'split' | 'date' | 'number' | 'map' | 'default' | 'constant';

export interface Step {
  do: Do;
  by?: string;
  take?: number;
  rest?: boolean;
  formats?: string[];
  decimal?: string;
  group?: string;
  values?: Record<string, string>;
  else?: string;
  value?: string;
}

export interface Column {
  field: string;
  from?: string;
  steps?: Step[];
}

export type Mode = 'create' | 'update' | 'upsert';

export interface Settings {
  mode: Mode;
  key?: string[];
  columns: Column[];
  clearEmpty?: boolean;
}

export interface Suggestion {
  field: string;
  label: Text;
  score: number;
  steps?: Step[];
}

export interface FileColumn {
  name: string;
  sample: string[];
  suggestions: Suggestion[];
}

export interface Format {
  kind: string;
  encoding?: string;
  delimiter?: string;
  sheet?: string;
  headerRow?: number;
}

export type Status = 'ready' | 'checking' | 'checked' | 'running' | 'reverting' | 'done' | 'failed' | 'canceled' | 'undoing' | 'undone';

export interface Job {
  id: string;
  object: string;
  status: Status;
  createdAt: string;
  name: string;
  size: number;
  format: Format;
  atomic: boolean;
  total: number;
  done: number;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  warned: number;
  findings: number;
  undone: number;
  refused: number;
  error?: { message: Text };
  sheets?: string[];
  columns?: FileColumn[];
  map?: Settings;
}

export interface Finding {
  row: number;
  column?: string;
  field?: string;
  severity: 'error' | 'warning';
  message: Text;
  value?: string;
}

/** works says whether the server is at it. */
export const works = (job: Job) => ['checking', 'running', 'reverting', 'undoing'].includes(job.status);
const written = (job: Job) => job.created + job.updated > job.undone;
const stopped = (job: Job) => job.status === 'failed' || job.status === 'canceled';
/** mayMap says whether nothing of it is written, so that all of it can still be changed. */
export const mayMap = (job: Job) => job.status === 'ready' || job.status === 'checked' || (stopped(job) && !written(job));
/** mayGoOn says whether an import that stopped after some rows can be carried on. */
export const mayGoOn = (job: Job) => stopped(job) && written(job) && !job.atomic && job.undone === 0;
export const mayUndo = (job: Job) => ['done', 'failed', 'canceled', 'undone'].includes(job.status) && written(job);
export const mayCancel = (job: Job) => job.status === 'checking' || job.status === 'running';

/** percent of the work under way; undefined where its end is unknown. */
export const percent = (job: Job) => {
  const part = job.status === 'undoing' || job.status === 'reverting' ? job.undone + job.refused : job.done;
  const all = job.status === 'undoing' || job.status === 'reverting' ? job.created + job.updated : job.total;
  return all > 0 ? Math.min(100, Math.round((part / all) * 100)) : undefined;
};

/** firstOf is the place of the mapping that a column of the file shows; -1: it is not imported. */
export const firstOf = (s: Settings, from: string) => s.columns.findIndex((c) => c.from === from);

/** furtherOf are the places of the mappings that no column shows: fixed texts, and columns that fill several fields. */
export const furtherOf = (s: Settings) => s.columns.flatMap((c, i) => (c.from && firstOf(s, c.from) === i ? [] : [i]));

const put = (s: Settings, columns: Column[]): Settings => ({ ...s, columns, ...(s.key && { key: s.key.filter((k) => k === 'id' || columns.some((c) => c.field === k)) }) });

/** assign lets a column of the file fill a field, with the steps that were suggested for it; undefined: it is not imported. */
export function assign(s: Settings, column: FileColumn, field: string | undefined): Settings {
  const at = firstOf(s, column.name);
  const steps = column.suggestions.find((x) => x.field === field)?.steps;
  const made = field === undefined ? [] : [{ field, from: column.name, ...(steps && { steps }) }];
  return put(s, at < 0 ? [...s.columns, ...made] : s.columns.toSpliced(at, 1, ...made));
}

/** change replaces a mapping at its place; undefined takes it away. */
export const change = (s: Settings, at: number, c: Column | undefined): Settings => put(s, s.columns.toSpliced(at, 1, ...(c ? [c] : [])));

export const add = (s: Settings, field: string): Settings => put(s, [...s.columns, { field, steps: [{ do: 'constant', value: '' }] }]);

/** fromColumn lets a mapping take another column; undefined: a fixed text. */
export function fromColumn(c: Column, from: string | undefined): Column {
  if (from === undefined) return { field: c.field, steps: [{ do: 'constant', value: '' }] };
  const steps = c.steps?.filter((x) => x.do !== 'constant');
  return { field: c.field, from, ...(steps?.length && { steps }) };
}

/** freshStep is a step with what it needs at least. */
export function freshStep(what: Do): Step {
  switch (what) {
    case 'split':
      return { do: what, by: ' ', take: 1 };
    case 'date':
      return { do: what, formats: ['YYYY-MM-DD'] };
    case 'map':
      return { do: what, values: {} };
    case 'default':
    case 'constant':
      return { do: what, value: '' };
    default:
      return { do: what };
  }
}

/** readPairs reads "old = new" lines; writePairs writes them. */
export const readPairs = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .map((l) => /^(.*?)\s*=\s*(.*)$/.exec(l.trim()))
      .filter((m) => m !== null)
      .map((m) => [m[1]!, m[2]!]),
  );
export const writePairs = (values: Record<string, string>) =>
  Object.entries(values)
    .map(([k, v]) => `${k} = ${v}`)
    .join('\n');

interface Problem {
  field?: string;
  message_en: string;
  message_zh: string;
}

/** problemsOf are the faults of a mapping by field; "" for those of no mapped field. */
export function problemsOf(error: Error | null, s: Settings, locale: string): Record<string, string> {
  if (!(error instanceof ApiError)) return error ? { '': error.message } : {};
  const all = (error.details.problems as Problem[] | undefined) ?? [];
  const out: Record<string, string> = {};
  for (const p of all) {
    const at = s.columns.some((c) => c.field === p.field) || ['mode', 'key'].includes(p.field ?? '') ? p.field! : '';
    const text = locale === 'zh-CN' ? p.message_zh : p.message_en;
    out[at] = out[at] ? `${out[at]} ${text}` : text;
  }
  if (all.length > 0) return out;
  const at = error.field && (s.columns.some((c) => c.field === error.field) || ['mode', 'key'].includes(error.field)) ? error.field : '';
  return { [at]: error.message };
}
