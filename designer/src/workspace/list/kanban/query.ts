// What a board asks of the server: each lane by pages, and what the lanes hold in all.
import { graphql, type Row } from '@/shared/api/graphql';
import { selectFields } from '@/shared/meta/select';
import type { Field, Index, ObjectMeta } from '@/shared/meta/types';
import { variablesOf, type Listing } from '../query';
import { currencyOf, laneFilter, totalsOf, type Group, type Lane, type Page, type Total } from './model';

const pageSize = 25;

export async function fetchLane(index: Index, meta: ObjectMeta, l: Listing, field: Field, lane: Lane, columns: string[], after: string | null, signal: AbortSignal): Promise<Page> {
  const v = variablesOf(meta, { ...l, filter: laneFilter(l.filter, field, lane) });
  const d = await graphql<{ rows: { nodes: Row[]; pageInfo: { endCursor: string | null; hasNextPage: boolean } } }>(
    `query Lane(${v.declare}, $after: String) { rows: ${meta.many}(${v.pass}, first: ${pageSize}, after: $after) { nodes { ${selectFields(index, meta, [...columns, field.api])} } pageInfo { endCursor hasNextPage } } }`,
    { ...v.values, after },
    signal,
  );
  return { rows: d.rows.nodes, end: d.rows.pageInfo.endCursor, more: d.rows.pageInfo.hasNextPage };
}

export async function fetchTotals(meta: ObjectMeta, l: Listing, field: Field, amount: Field | undefined, signal: AbortSignal): Promise<Map<string | null, Total>> {
  const { declare, pass, values } = variablesOf(meta, l, false);
  const currency = amount && currencyOf(meta);
  const keys = [field.api, ...(currency ? [currency.api] : [])];
  const d = await graphql<{ groups: Group[] }>(
    `query Totals(${declare}) { groups: ${meta.one}Aggregate(${pass}, groupBy: [${keys.map((k) => `{${k}: true}`).join(', ')}], first: 500) { key { ${keys.join(' ')} } count ${amount ? `sum { ${amount.api} }` : ''} } }`,
    values,
    signal,
  );
  return totalsOf(d.groups, field, amount);
}
