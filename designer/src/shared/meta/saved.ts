// Views that people saved: records of the object that serves list_view, one's own and those that are shared.
import { queryOptions } from '@tanstack/react-query';
import { graphql } from '@/shared/api/graphql';
import { entryOf } from './load';
import type { Entry, Index } from './types';

export interface Saved {
  id: string;
  version: number;
  name: string;
  adjusts: string | null; // the view whose columns its owner sees otherwise; its name, or its id
  shared: boolean;
  own: boolean;
  definition: Record<string, unknown>;
}

export const viewEntry = (index: Index): Entry | undefined => entryOf(index, index.roles.list_view ?? '');

/** savedQuery asks for the views of an object that are there for the caller. Where none can be saved, or asked for, there are none. */
export const savedQuery = (index: Index, object: string) =>
  queryOptions({
    queryKey: ['views', object],
    staleTime: 300_000,
    retry: false,
    queryFn: async ({ signal }): Promise<Saved[]> => {
      const e = viewEntry(index);
      if (!e) return [];
      const nodes = 'first: 200, orderBy: [{name: ASC}]) { nodes { id version name adjusts shared definition } }';
      type Page = { nodes: Omit<Saved, 'own'>[] };
      const d = await graphql<{ own: Page; others: Page }>(
        `query Views($o: String!) { own: ${e.many}(filter: {objectName: {eq: $o}, ownerId: {me: true}}, ${nodes} others: ${e.many}(filter: {objectName: {eq: $o}, shared: {eq: true}, not: {ownerId: {me: true}}}, ${nodes} }`,
        { o: object },
        signal,
      );
      return [...d.own.nodes.map((v) => ({ ...v, own: true })), ...d.others.nodes.map((v) => ({ ...v, own: false }))];
    },
  });
