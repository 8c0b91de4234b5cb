// The records of a stretch of days.
import { graphql, type Row } from '@/shared/api/graphql';
import { selectFields } from '@/shared/meta/select';
import type { Index, ObjectMeta } from '@/shared/meta/types';
import { variablesOf, type Listing } from '../query';

const page = 500;
const most = 2000; // records that a calendar shows

export interface Days {
  rows: Row[];
  total: number;
}

export async function fetchDays(index: Index, meta: ObjectMeta, l: Listing, columns: string[], signal: AbortSignal): Promise<Days> {
  const v = variablesOf(meta, l);
  const rows: Row[] = [];
  let total = 0;
  for (let after: string | null = null; ; ) {
    const d: { rows: { nodes: Row[]; totalCount: number; pageInfo: { hasNextPage: boolean; endCursor: string | null } } } = await graphql(
      `query Days(${v.declare}, $after: String) { rows: ${meta.many}(${v.pass}, first: ${page}, after: $after) { nodes { ${selectFields(index, meta, columns)} } totalCount pageInfo { hasNextPage endCursor } } }`,
      { ...v.values, after },
      signal,
    );
    rows.push(...d.rows.nodes);
    total = d.rows.totalCount;
    if (!d.rows.pageInfo.hasNextPage || rows.length >= most) return { rows, total };
    after = d.rows.pageInfo.endCursor;
  }
}
