// Creating, changing and removing records.
import { graphql } from '@/shared/api/graphql';
import type { ObjectMeta } from '@/shared/meta/types';
import type { Values } from './values';

export interface Written {
  id: string;
  version: number;
  warnings: { rule: string; field: string | null; message: string }[];
}

interface Result {
  result: { record: { id: string; version: number } | null; warnings: Written['warnings'] };
}

const rest = (meta: ObjectMeta, more = '') => `{ record: ${meta.one} { id version ${more} } warnings { rule field message } }`;
const written = (d: Result): Written => ({ ...(d.result.record as Written), warnings: d.result.warnings });

export const create = (meta: ObjectMeta, input: Values): Promise<Written> => graphql<Result>(`mutation Create($input: ${meta.type}Create!) { result: create${meta.type}(input: $input) ${rest(meta)} }`, { input }).then(written);

/** update changes a record, if nobody did meanwhile; more selects what else it gives. */
export const update = (meta: ObjectMeta, id: string, patch: Values, version: number | undefined, more = ''): Promise<Written & Values> =>
  graphql<Result>(`mutation Update($id: ID!, $patch: ${meta.type}Patch!, $version: Int) { result: update${meta.type}(id: $id, patch: $patch, ifVersion: $version) ${rest(meta, more)} }`, { id, patch, version }).then(written) as Promise<Written & Values>;

export const remove = (meta: ObjectMeta, id: string, version: number | undefined) => graphql(`mutation Delete($id: ID!, $version: Int) { result: delete${meta.type}(id: $id, ifVersion: $version) { warnings { message } } }`, { id, version });
