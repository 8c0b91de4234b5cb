import { useQuery } from '@tanstack/react-query';
import { named } from '@/shared/api/find';
import { entryOfId, useIndex } from '@/shared/meta/load';

/** Named shows what a record is called; its id while that is not known, or not to be known. */
export function Named({ id }: { id: string }) {
  const entry = entryOfId(useIndex(), id);
  const found = useQuery({ queryKey: ['named', id], enabled: !!entry, staleTime: 300_000, queryFn: ({ signal }) => named(entry!, id, signal) });
  return <>{found.data?.title ?? id}</>;
}
