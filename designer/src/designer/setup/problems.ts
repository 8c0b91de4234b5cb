// What the server finds wrong with a file as the draft has it.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useMemo } from 'react';
import { pathAt } from '../model/locate';
import { tenant, type Ref } from '../model/files';
import type { Path } from '../model/places';
import { admin, type Finding } from './api';
import { useDraft } from './draft';

export interface Problem extends Finding {
  /** Where in the document it is; undefined where only the file is known. */
  path?: Path;
}

const none: Finding[] = [];

/** useProblems asks after each change; one's own files are told the place of each finding. */
export function useProblems(ref: Ref): Problem[] {
  const { all, changes } = useDraft();
  const files = useDeferredValue(all[tenant]);
  const found = useQuery<Finding[]>({
    queryKey: ['check', files],
    enabled: Object.keys(changes).length > 0,
    placeholderData: keepPreviousData,
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
    queryFn: async ({ signal }) => {
      await new Promise((done) => setTimeout(done, 500)); // while somebody types, only the last one asks
      if (signal.aborted) return none;
      return admin<{ check: Finding[] }>('query($p: Packages) { check(packages: $p) }', { p: { [tenant]: files } }, signal).then((d) => d.check);
    },
  });
  const list = found.data ?? none;
  return useMemo(() => {
    const own = `${ref.pkg}/${ref.path}`;
    const over = `${tenant}/overlays/${own}`;
    const text = all[ref.pkg]?.[ref.path];
    return list.filter((f) => f.pos.file === own || f.pos.file === over).map((f) => ({ ...f, path: ref.pkg === tenant && f.pos.file === own && text !== undefined ? pathAt(text, f.pos.line, f.pos.col) : undefined }));
  }, [list, ref, all]);
}
