// What a list can be filtered by: the fields of an object, and those of the records that it refers to.
import type { Condition, Field, ObjectMeta } from '@/shared/meta/types';

export interface Filterable {
  path: string[];
  field: Field; // the last one
  via?: Field; // the reference that leads to it
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

/** filterables are the fields that a list can be filtered by; related gives the metadata of other objects, as far as it is known. */
export function filterables(meta: ObjectMeta, related: (object: string) => ObjectMeta | undefined): Filterable[] {
  const own = meta.fields.filter(usable).map((f) => ({ path: [f.api], field: f }));
  const far = meta.fields
    .filter((f) => f.record && !f.many && f.targets?.length === 1 && !f.system && f.filter)
    .flatMap((via) => (related(via.targets![0]!)?.fields ?? []).filter((f) => usable(f) && !f.system).map((field) => ({ path: [via.record!, field.api], field, via })));
  return [...own, ...far];
}

/** startOf is a condition on a field to begin with. */
export function startOf(f: Filterable): Condition {
  const op = f.field.choices && f.field.operators?.includes('in') ? 'in' : f.field.operators?.includes('contains') ? 'contains' : opsOf(f.field)[0]!;
  return { path: f.path, op, value: shapeOf(op) === 'none' ? true : null };
}

/** complete says whether a condition has all it needs. */
export function complete(c: Condition): boolean {
  if (shapeOf(c.op) === 'two') return Array.isArray(c.value) && c.value.length === 2 && c.value.every((v) => v !== null && v !== '');
  return c.value !== null && c.value !== '' && !(Array.isArray(c.value) && c.value.length === 0);
}
