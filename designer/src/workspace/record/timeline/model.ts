// One order of what comes from many sources, each of which is paged by itself, newest first.
import { toWall } from '@/shared/meta/format';

/** What happened at an instant; the same id is the same happening, whatever source told of it. */
export interface Happening {
  id: string;
  at: string;
}

/** A page of a source; its cursor asks for what is older, and is null where there is nothing. */
export interface Page<H extends Happening> {
  entries: H[];
  cursor: string | null;
}

/** Ask names the sources that are asked and the cursors after which, null for their newest. Answers have a page for each. */
export type Ask = Record<string, string | null>;
export type Answer<H extends Happening> = Record<string, Page<H>>;

/** How many a source is asked for at once. */
export const size = 20;

interface Placed<H> {
  what: H;
  time: number;
  source: number;
  nth: number; // of its source
}

const order = (a: Placed<unknown>, b: Placed<unknown>) => b.time - a.time || a.source - b.source || a.nth - b.nth;

/** loaded puts the pages of a source together. */
function loaded<H extends Happening>(key: string, source: number, answers: Answer<H>[]) {
  const pages = answers.map((a) => a[key]).filter((p) => !!p);
  const entries = pages.flatMap((p) => p.entries).map((what, nth): Placed<H> => ({ what, time: Date.parse(what.at), source, nth }));
  return { key, entries, cursor: pages.at(-1)?.cursor ?? null };
}

/**
 * merge shows what is known to come before everything that no source has told yet, each happening once, and what to ask
 * next, null for nothing. A source that has more may hold anything older than its last: what is older than that of any
 * source waits. Those are asked of which less than a page waits, so that a click shows at least as much.
 */
export function merge<H extends Happening>(sources: string[], answers: Answer<H>[]): { shown: H[]; next: Ask | null } {
  const all = sources.map((key, i) => loaded(key, i, answers));
  const open = all.filter((s) => s.cursor !== null);
  const limit = open.map((s) => s.entries.at(-1)).reduce<Placed<H> | undefined>((first, last) => (first && last && order(first, last) < 0 ? first : last), undefined);
  const known = open.some((s) => s.entries.length === 0) ? [] : all.flatMap((s) => s.entries).filter((e) => !limit || order(e, limit) <= 0);
  const shown = new Map<string, H>();
  for (const e of known.sort(order)) if (!shown.has(e.what.id)) shown.set(e.what.id, e.what);
  const waiting = (s: (typeof all)[0]) => (limit ? s.entries.filter((e) => order(e, limit) > 0).length : 0);
  const ask = open.filter((s) => waiting(s) < size).map((s) => [s.key, s.cursor]);
  return { shown: [...shown.values()], next: ask.length ? (Object.fromEntries(ask) as Ask) : null };
}

/** byDay groups what is in order by the days of a time zone. */
export function byDay<H extends Happening>(list: H[], zone: string): [day: string, of: H[]][] {
  const out: [string, H[]][] = [];
  for (const h of list) {
    const day = toWall(h.at, zone).slice(0, 10);
    const last = out.at(-1);
    if (last?.[0] === day) last[1].push(h);
    else out.push([day, [h]]);
  }
  return out;
}
