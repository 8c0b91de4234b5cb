// What a search found, by object; and where a title has what was looked for.

/** objectsOf are the objects of hits, the one with the best hit first. */
export const objectsOf = (hits: { object: string }[]): string[] => [...new Set(hits.map((h) => h.object))];

export interface Part {
  text: string;
  hit: boolean;
}

/** marked cuts a title where words of the search stand in it. */
export function marked(title: string, wanted: string): Part[] {
  const words = wanted.trim().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [{ text: title, hit: false }];
  const escaped = words.sort((a, b) => b.length - a.length).map((w) => w.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return title
    .split(new RegExp(`(${escaped.join('|')})`, 'iu'))
    .map((text, i) => ({ text, hit: i % 2 === 1 }))
    .filter((p) => p.text !== '');
}
