import { useEffect } from 'react';

/** useSettled passes on which rows are on the screen once scrolling rests: what is scrolled past is not fetched. */
export function useSettled(from: number, to: number, was: [number, number], set: (r: [number, number]) => void) {
  useEffect(() => {
    if (from === was[0] && to === was[1]) return;
    const near = from >= was[0] - 100 && to <= was[1] + 100;
    const timer = setTimeout(() => set([from, to]), near ? 0 : 80);
    return () => clearTimeout(timer);
  }, [from, to, was, set]);
}
