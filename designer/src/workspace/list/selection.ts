// Which records of a list are chosen: some, or all of its filter but some. Without React.

export interface Selection {
  all: boolean;
  ids: ReadonlySet<string>; // those chosen; with all, those left out
}

export const nothing: Selection = { all: false, ids: new Set() };
export const everything: Selection = { all: true, ids: new Set() };

export const chosen = (s: Selection, id: string): boolean => s.all !== s.ids.has(id);

/** choose adds records, or takes them out. */
export function choose(s: Selection, ids: readonly string[], on: boolean): Selection {
  const next = new Set(s.ids);
  for (const id of ids) {
    if (on === s.all) next.delete(id);
    else next.add(id);
  }
  return { all: s.all, ids: next };
}

/** howMany counts the chosen of a list of total records. */
export const howMany = (s: Selection, total: number | undefined): number => (s.all ? Math.max(0, (total ?? 0) - s.ids.size) : s.ids.size);
