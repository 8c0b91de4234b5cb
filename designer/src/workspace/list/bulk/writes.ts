// What a bulk operation asks of the server.
import i18next from 'i18next';
import { graphql, type Json, type Row } from '@/shared/api/graphql';
import { titleOf } from '@/shared/meta/select';
import type { Action, Field, ObjectMeta } from '@/shared/meta/types';
import { variablesOf, type Listing } from '../query';
import type { Selection } from '../selection';
import { outcomes, type Outcome, type Target, type Write } from './run';

const page = 500; // the most that a page may have
const asked = 200; // ids of one filter

const upper = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);

/** gather finds the chosen records as they are now, with the value of a field; those that are gone, or hidden now, are outcomes already. */
export async function gather(meta: ObjectMeta, listing: Listing, s: Selection, field: Field | undefined, stopped: () => boolean): Promise<{ targets: Target[]; gone: Outcome[] }> {
  const select = ['id version', meta.nameField && meta.nameField !== 'id' ? meta.nameField : '', field && field.api !== meta.nameField ? field.api : ''].join(' ');
  const target = (r: Row): Target => ({ id: r.id, version: r.version as number, title: titleOf(meta, r), ...(field ? { was: r[field.api] ?? null } : {}) });
  const targets: Target[] = [];
  if (!s.all) {
    const ids = [...s.ids];
    for (let at = 0; at < ids.length && !stopped(); at += asked) {
      const d = await graphql<{ rows: { nodes: Row[] } }>(`query Chosen($ids: [ID!]) { rows: ${meta.many}(filter: {id: {in: $ids}}, first: ${asked}) { nodes { ${select} } } }`, { ids: ids.slice(at, at + asked) });
      targets.push(...d.rows.nodes.map(target));
    }
    const found = new Set(targets.map((t) => t.id));
    return { targets, gone: ids.filter((id) => !found.has(id)).map((id) => ({ id, version: 0, title: id, error: i18next.t('error.noRecord') })) };
  }
  const v = variablesOf(meta, { ...listing, sort: [] });
  for (let after: string | null = null; !stopped(); ) {
    const d: { rows: { nodes: Row[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } } = await graphql(
      `query All(${v.declare}, $after: String) { rows: ${meta.many}(${v.pass}, first: ${page}, after: $after) { nodes { ${select} } pageInfo { hasNextPage endCursor } } }`,
      { ...v.values, after },
    );
    targets.push(...d.rows.nodes.filter((r) => !s.ids.has(r.id)).map(target));
    if (!d.rows.pageInfo.hasNextPage) break;
    after = d.rows.pageInfo.endCursor;
  }
  return { targets, gone: [] };
}

interface Rows {
  rows: Parameters<typeof outcomes>[1];
}

const many = (meta: ObjectMeta, verb: 'update' | 'delete', input: string) =>
  `mutation Many($inputs: [${meta.type}${input}!]!, $key: String) { rows: ${verb}${upper(meta.many)}(inputs: $inputs, atomic: false, idempotencyKey: $key) { record: ${meta.one} { id version } warnings { message } errors { message } } }`;

/** set gives a field a value, the same for all or another for each, unless somebody changed the record since it was gathered. */
export const set = (meta: ObjectMeta, field: Field, value: (t: Target) => Json): Write => async (batch, key) => {
  const inputs = batch.map((t) => ({ id: t.id, patch: { [field.api]: value(t) }, ifVersion: t.version }));
  return outcomes(batch, (await graphql<Rows>(many(meta, 'update', 'Update'), { inputs, key })).rows);
};

export const drop = (meta: ObjectMeta): Write => async (batch, key) => {
  const inputs = batch.map((t) => ({ id: t.id, ifVersion: t.version }));
  return outcomes(batch, (await graphql<Rows>(many(meta, 'delete', 'Delete'), { inputs, key })).rows);
};

/** each does a mutation with one record after another: an action, or restoring. */
const each = (one: (t: Target, key: string) => Promise<unknown>): Write => (batch, key) =>
  Promise.all(batch.map((t) => one(t, `${key}:${t.id}`).then(() => t, (e: Error) => ({ ...t, error: e.message }))));

export const restore = (meta: ObjectMeta): Write => each((t, key) => graphql(`mutation Restore($id: ID!, $key: String) { restore${meta.type}(id: $id, idempotencyKey: $key) { warnings { message } } }`, { id: t.id, key }));

export const act = (a: Action, input: Record<string, unknown> | undefined): Write =>
  each((t, key) => graphql(`mutation Run($id: ID!, $key: String${input ? `, $input: ${a.input}!` : ''}) { result: ${a.name}(id: $id, idempotencyKey: $key${input ? ', input: $input' : ''}) { __typename } }`, { id: t.id, key, ...(input ? { input } : {}) }));
