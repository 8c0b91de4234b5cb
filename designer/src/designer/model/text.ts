/** units gives, for a count of bytes of a text, the count of its characters as JavaScript counts them. */
export function units(text: string): (bytes: number) => number {
  const ends: number[] = [0];
  let n = 0;
  for (const c of text) {
    const p = c.codePointAt(0)!;
    for (let i = p < 0x80 ? 1 : p < 0x800 ? 2 : p < 0x10000 ? 3 : 4; i > 1; i--) ends.push(n);
    n += c.length;
    ends.push(n);
  }
  return (bytes) => ends[Math.min(Math.max(bytes, 0), ends.length - 1)]!;
}
