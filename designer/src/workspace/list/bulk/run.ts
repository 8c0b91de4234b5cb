// Doing something with many records: batch by batch, with what became of each record. Without React.
import type { Json } from '@/shared/api/graphql';

/** Target is a record with which something is to be done. */
export interface Target {
  id: string;
  version: number;
  title: string;
  was?: Json; // the value that a change replaces
}

/** Outcome is what became of a record. */
export interface Outcome extends Target {
  error?: string; // why it failed
  warnings?: string[];
}

export interface Progress {
  done: number;
  failed: number;
  of: number;
}

/** Write does it with a batch, and gives an outcome for each. What fails as a whole throws. */
export type Write = (batch: Target[], key: string) => Promise<Outcome[]>;

/**
 * run goes through the targets. A batch that fails as a whole counts as failed with each of its records; where the
 * network broke, it is sent once more under the same key, under which the server does it only once. After a stop the
 * rest is left alone, and is in no outcome.
 */
export async function run(targets: Target[], size: number, write: Write, onProgress: (p: Progress) => void, stopped: () => boolean, key: () => string = () => crypto.randomUUID()): Promise<Outcome[]> {
  const out: Outcome[] = [];
  for (let at = 0; at < targets.length && !stopped(); at += size) {
    const batch = targets.slice(at, at + size);
    const once = key();
    const again = (e: { code?: string }) => {
      if (e.code === 'NETWORK') return write(batch, once);
      throw e;
    };
    const results = await write(batch, once)
      .catch(again)
      .catch((e: Error) => batch.map((t) => ({ ...t, error: e.message })));
    out.push(...results);
    onProgress({ done: out.length, failed: out.filter((o) => o.error).length, of: targets.length });
  }
  return out;
}

/** outcomes puts the answers for a batch beside its records. */
export function outcomes(batch: Target[], rows: { record: { version: number } | null; warnings: { message: string }[]; errors: { message: string }[] | null }[]): Outcome[] {
  return batch.map((t, i) => {
    const r = rows[i];
    const error = r?.errors?.map((e) => e.message).join(' ');
    return { ...t, version: r?.record?.version ?? t.version, ...(error ? { error } : {}), ...(r?.warnings.length ? { warnings: r.warnings.map((w) => w.message) } : {}) };
  });
}

/** reasons groups failures by what was said, the most frequent first. */
export function reasons(all: Outcome[]): { message: string; records: Outcome[] }[] {
  const by = new Map<string, Outcome[]>();
  for (const o of all) if (o.error) by.set(o.error, [...(by.get(o.error) ?? []), o]);
  return [...by].map(([message, records]) => ({ message, records })).sort((a, b) => b.records.length - a.records.length);
}
