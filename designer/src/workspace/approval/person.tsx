import type { ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { named } from '@/shared/api/find';
import { entryOfId, useIndex } from '@/shared/meta/load';

/** Named shows what a record is called; its id while that is not known, and what is given in its place where it is not to be known. */
export function Named({ id, hidden }: { id: string; hidden?: ReactNode }) {
  const entry = entryOfId(useIndex(), id);
  const found = useQuery({ queryKey: ['named', id], enabled: !!entry, staleTime: 300_000, queryFn: ({ signal }) => named(entry!, id, signal) });
  if (hidden !== undefined && (!entry || found.data === null)) return hidden;
  return <>{found.data?.title ?? id}</>;
}
