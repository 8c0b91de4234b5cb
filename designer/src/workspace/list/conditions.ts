// What a list can be filtered by: the fields of an object, those of the records that it refers to, and those of the
// records that refer to it, of which some or none fulfil a condition.
import type { Condition, Field, Filter, ObjectMeta, Relation } from '@/shared/meta/types';
import { groupOf, isGroup, partsOf } from './filters';

export interface Filterable {
  path: string[];
  field?: Field; // the last one; none where records that refer to this one are merely there or not
  via?: Field; // the reference that leads to it
  relation?: Relation; // the records that refer to this one
}

export const ops = ['eq', 'ne', 'in', 'notIn', 'contains', 'startsWith', 'lt', 'lte', 'gt', 'gte', 'between', 'has', 'hasAny', 'hasAll', 'isNull', 'isEmpty', 'me', 'today', 'thisMonth', 'thisQuarter', 'thisYear', 'inLast', 'inNext'] as const;
export type Op = (typeof ops)[number];

/** shapeOf is what a value of an operator is made of. */
export function shapeOf(op: string): 'none' | 'many' | 'two' | 'days' | 'one' {
  if (['isNull', 'isEmpty', 'me', 'today', 'thisMonth', 'thisQuarter', 'thisYear'].includes(op)) return 'none';
  if (['in', 'notIn', 'hasAny', 'hasAll'].includes(op)) return 'many';
  if (op === 'between') return 'two';
  return op === 'inLast' || op === 'inNext' ? 'days' : 'one';
}

export const opsOf = (f: Field): Op[] => ops.filter((op) => f.operators?.includes(op));

const usable = (f: Field) => !!f.filter && opsOf(f).length > 0 && f.api !== 'id' && f.api !== 'version' && f.api !== 'externalId' && f.api !== 'deletedAt';

type Known = (object: string) => ObjectMeta | undefined;

/** filterables are what a list can be filtered by; related gives the metadata of other objects, as far as it is known. */
export function filterables(meta: ObjectMeta, related: Known): Filterable[] {
  const own = meta.fields.filter(usable).map((f) => ({ path: [f.api], field: f }));
  const far = meta.fields
    .filter((f) => f.record && !f.many && f.targets?.length === 1 && !f.system && f.filter)
    .flatMap((via) => (related(via.targets![0]!)?.fields ?? []).filter((f) => usable(f) && !f.system).map((field) => ({ path: [via.record!, field.api], field, via })));
  const back = meta.relations.filter((r) => !r.files).map((relation) => ({ path: [relation.name], relation }));
  return [...own, ...far, ...back];
}

/** ofRelation are the fields by which records that refer to one can be compared. */
export const ofRelation = (far: ObjectMeta | undefined): Field[] => (far?.fields ?? []).filter((f) => usable(f) && !f.system);

/** describe finds what a condition is about; undefined for what is not known. */
export function describe(meta: ObjectMeta, related: Known, all: Filterable[], c: Condition): Filterable | undefined {
  const relation = meta.relations.find((r) => r.name === c.path[0]);
  if (!relation) return all.find((f) => f.path.join('.') === c.path.join('.'));
  if (c.path.length === 1) return { path: c.path, relation };
  const field = related(relation.object)?.fields.find((f) => f.api === c.path[2]);
  return field && { path: c.path, relation, field };
}

/** quantifierOf says of which of the records that refer to one a condition speaks. */
export const quantifierOf = (c: Condition): string => (c.path.length === 1 ? c.op : c.path[1]!);

/** ofSome is a condition on records that refer to one: that some or none are there, or are there with a field of a kind. */
export function ofSome(relation: Relation, quantifier: string, field?: Field): Condition {
  if (!field) return { path: [relation.name], op: quantifier, value: {} };
  return startOf({ path: [relation.name, quantifier, field.api], field, relation });
}

/** startOf is a condition on a field to begin with. */
export function startOf(f: Filterable): Condition {
  if (!f.field) return ofSome(f.relation!, 'some');
  const op = f.field.choices && f.field.operators?.includes('in') ? 'in' : f.field.operators?.includes('contains') ? 'contains' : opsOf(f.field)[0]!;
  return { path: f.path, op, value: shapeOf(op) === 'none' ? true : null };
}

/** complete says whether a condition has all it needs. */
export function complete(c: Condition): boolean {
  if (shapeOf(c.op) === 'two') return Array.isArray(c.value) && c.value.length === 2 && c.value.every((v) => v !== null && v !== '');
  return c.value !== null && c.value !== '' && !(Array.isArray(c.value) && c.value.length === 0);
}

/** finished leaves out what lacks something. */
export const finished = (filter: Filter): Filter =>
  filter.flatMap<Filter[number]>((x) => {
    if (!isGroup(x)) return complete(x) ? [x] : [];
    const parts = finished(partsOf(x));
    return parts.length ? [groupOf('or' in x, parts)] : [];
  });
