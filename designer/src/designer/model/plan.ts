// A plan's changes in the order in which people read them.
import type { Entry } from '../setup/api';

/** topOf is what the address belongs to: object.dealer of object.dealer.field.tier. */
export const topOf = (address: string) => address.split('.').slice(0, 2).join('.');

const weight: Record<Entry['class'], number> = { destructive: 0, rewriting: 1, additive: 2 };

/** grouped puts changes of one thing together, what loses data first. */
export function grouped(entries: readonly Entry[]): { of: string; entries: Entry[] }[] {
  const groups = new Map<string, Entry[]>();
  for (const e of entries) {
    const of = topOf(e.address);
    groups.set(of, [...(groups.get(of) ?? []), e]);
  }
  const worst = (g: Entry[]) => Math.min(...g.map((e) => weight[e.class]));
  return [...groups].map(([of, g]) => ({ of, entries: g.toSorted((a, b) => weight[a.class] - weight[b.class]) })).sort((a, b) => worst(a.entries) - worst(b.entries) || a.of.localeCompare(b.of));
}

export function totals(entries: readonly Entry[]): { add: number; change: number; remove: number } {
  const n = (...ops: Entry['op'][]) => entries.filter((e) => ops.includes(e.op)).length;
  return { add: n('+'), change: n('~', '±'), remove: n('-') };
}
