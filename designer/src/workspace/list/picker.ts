import { useRef } from 'react';
import { choose, chosen, type Selection } from './selection';

/** useRowPicker gives what chooses a row or takes it out again; with range also those from the last row on, as far as they are loaded. */
export function useRowPicker(selection: Selection, onSelect: (s: Selection) => void, idAt: (row: number) => string | undefined) {
  const last = useRef<number>(undefined);
  return (row: number, range: boolean) => {
    const id = idAt(row);
    if (!id) return;
    const on = !chosen(selection, id);
    const from = range && last.current !== undefined ? last.current : row;
    const ids: string[] = [];
    for (let i = Math.min(from, row); i <= Math.max(from, row); i++) {
      const one = idAt(i);
      if (one) ids.push(one);
    }
    last.current = row;
    onSelect(choose(selection, ids, on));
  };
}
