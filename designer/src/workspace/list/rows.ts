// The rows of a list that are on the screen, fetched by window.
import { keepPreviousData, useQueries, useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Row } from '@/shared/api/graphql';
import { useIndex } from '@/shared/meta/load';
import type { ObjectMeta } from '@/shared/meta/types';
import { Cursors, fetchCount, fetchWindow, stepOver, windowSize, type Listing, type Window } from './query';

export interface Rows {
  count: number | undefined;
  at: (i: number) => Row | undefined;
  error: Error | null;
  loading: boolean;
  patch: (id: string, change: Partial<Row>) => () => void; // gives what takes it back
  refresh: () => void;
}

/** useRows gives rows from and to which are on the screen. */
export function useRows(meta: ObjectMeta, listing: Listing, columns: string[], from: number, to: number): Rows {
  const index = useIndex();
  const client = useQueryClient();
  const key = JSON.stringify([listing.filter, listing.sort, listing.search.trim()]);
  const shown = columns.join(' ');
  const cursors = useMemo(() => new Cursors(stepOver(meta, listing)), [meta, key]); // eslint-disable-line
  const list = ['list', meta.name, key, shown];
  const count = useQuery({ queryKey: ['count', meta.name, key], queryFn: ({ signal }) => fetchCount(meta, listing, signal), placeholderData: keepPreviousData });
  const first = Math.max(0, Math.floor(from / windowSize));
  const last = Math.max(first, Math.floor(Math.max(to, 0) / windowSize));
  const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  const windows = useQueries({
    queries: numbers.map((n) => ({
      queryKey: [...list, n],
      queryFn: async ({ signal }: { signal: AbortSignal }) => {
        const w = await fetchWindow(index, meta, listing, columns, await cursors.before(n, signal), signal);
        if (w.rows.length === windowSize) cursors.learn(n + 1, w.end);
        return w;
      },
    })),
  });
  const byNumber = new Map(numbers.map((n, i) => [n, windows[i]]));
  return {
    count: count.data,
    at: (i) => byNumber.get(Math.floor(i / windowSize))?.data?.rows[i % windowSize],
    error: (count.error ?? windows.find((w) => w.error)?.error) as Error | null,
    loading: count.isLoading || windows.some((w) => w.isFetching),
    patch: (id, change) => {
      const before = client.getQueriesData<Window>({ queryKey: list });
      client.setQueriesData<Window>({ queryKey: list }, (w) => w && { ...w, rows: w.rows.map((r) => (r.id === id ? ({ ...r, ...change } as Row) : r)) });
      return () => before.forEach(([k, data]) => client.setQueryData(k, data));
    },
    refresh: () => {
      void client.invalidateQueries({ queryKey: ['list', meta.name] });
      void client.invalidateQueries({ queryKey: ['count', meta.name] });
    },
  };
}
