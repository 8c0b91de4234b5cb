/** moved gives a list in which one item stands elsewhere; within the list's bounds. */
export function moved<T>(all: readonly T[], from: number, by: number): T[] {
  const out = [...all];
  const [x] = out.splice(from, 1);
  if (x !== undefined) out.splice(Math.max(0, Math.min(out.length, from + by)), 0, x);
  return out;
}
