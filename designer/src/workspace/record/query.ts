// A record as a query.
import { queryOptions } from '@tanstack/react-query';
import { graphql, type Row } from '@/shared/api/graphql';
import { selectFields } from '@/shared/meta/select';
import type { Index, ObjectMeta } from '@/shared/meta/types';

/** recordQuery asks for everything of a record that layouts and rules may need. */
export const recordQuery = (index: Index, meta: ObjectMeta, id: string) =>
  queryOptions({
    queryKey: ['record', meta.name, id],
    queryFn: ({ signal }) =>
      graphql<{ row: Row | null }>(`query Record($id: ID!) { row: ${meta.one}(id: $id) { ${selectFields(index, meta, meta.fields.map((f) => f.api))} } }`, { id }, signal).then((d) => d.row),
  });
