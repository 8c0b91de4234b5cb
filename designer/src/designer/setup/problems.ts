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

/** useProblems asks after each change, always also before the first; files that are as they are written are told the place of each finding. */
export function useProblems(ref: Ref, always = false): Problem[] {
  const { all, changes } = useDraft();
  const files = useDeferredValue(all[tenant]);
  const changed = Object.keys(changes).length > 0;
  const found = useQuery<Finding[]>({
    queryKey: ['check', changed ? files : null],
    enabled: changed || always,
    placeholderData: keepPreviousData,
    gcTime: 0,
    staleTime: Infinity,
    retry: false,
    queryFn: async ({ signal }) => {
      await new Promise((done) => setTimeout(done, 500)); // while somebody types, only the last one asks
      if (signal.aborted) return none;
      return admin<{ check: Finding[] }>('query($p: Packages) { check(packages: $p) }', { p: changed ? { [tenant]: files } : undefined }, signal).then((d) => d.check);
    },
  });
  const list = found.data ?? none;
  return useMemo(() => {
    const own = `${ref.pkg}/${ref.path}`;
    const over = `${tenant}/overlays/${own}`;
    const text = over.slice(tenant.length + 1) in (all[tenant] ?? {}) ? undefined : all[ref.pkg]?.[ref.path];
    return list.filter((f) => f.pos.file === own || f.pos.file === over).map((f) => ({ ...f, path: f.pos.file === own && text !== undefined ? pathAt(text, f.pos.line, f.pos.col) : undefined }));
  }, [list, ref, all]);
}
