// What a form knows, without React: values to begin with, what is shown, what is wrong, what has changed.
import { holds, mayHold, valueOf, type Scope } from '@/shared/meta/expr';
import type { Values } from './values';
import type { ApiError } from '@/shared/api/http';
import type { Field, Index, Layout, ObjectMeta, Section, Text } from '@/shared/meta/types';


/** layoutFor picks the layout of a record by its record type. */
export function layoutFor(meta: ObjectMeta, row: Values | undefined): Layout {
  const type = row?.recordType;
  return meta.layouts.find((l) => l.recordTypes?.includes(String(type))) ?? meta.layouts.find((l) => !l.recordTypes?.length) ?? meta.layouts[0]!;
}

/** writableFields are those of a layout that the caller may give values, in its order. */
export function writableFields(meta: ObjectMeta, layout: Layout): Field[] {
  const names = layout.sections.flatMap((s) => s.fields.map((i) => i.field));
  return names.map((n) => meta.fields.find((f) => f.api === n)).filter((f): f is Field => !!f?.writable);
}

/** initialValues are those of a record, or the defaults of a new one and what it is given to begin with. */
export function initialValues(meta: ObjectMeta, fields: Field[], row: Values | undefined, given: Values = {}): Values {
  return Object.fromEntries(fields.map((f) => [f.api, row ? (row[f.api] ?? null) : (given[f.api] ?? f.default ?? (f.kind === 'bool' ? false : null))]));
}

/** scopeOf lets conditions read a form's values, and what it does not have from the record. */
export function scopeOf(meta: ObjectMeta, index: Index, values: Values, row: Values | undefined, now = () => new Date()): Scope {
  const read = (from: Values) => (name: string) => {
    const f = meta.fields.find((x) => x.name === name) ?? meta.fields.find((x) => x.name === `${name}_id`);
    return !f || f.masked || !(f.api in from) ? undefined : valueOf(f, from[f.api]);
  };
  return { read: read({ ...row, ...values }), prior: row && read(row), isNew: !row, now, zone: index.zone };
}

export interface Finding {
  message: Text;
  rule: string;
}

export interface Findings {
  errors: Record<string, Finding>; // by field; "" for the record
  warnings: Record<string, Finding>;
}

/** judge finds which rules a record would break. */
export function judge(meta: ObjectMeta, scope: Scope): Findings {
  const out: Findings = { errors: {}, warnings: {} };
  for (const r of meta.rules) {
    if (!(scope.isNew ? r.create : r.update) || !holds(r.when, scope)) continue;
    const to = r.warning ? out.warnings : out.errors;
    to[r.field ?? ''] ??= { message: r.message, rule: r.name };
  }
  return out;
}

/** shownSections are the sections and fields of a layout whose conditions hold, or cannot be judged. */
export function shownSections(layout: Layout, scope: Scope): Section[] {
  return layout.sections
    .filter((s) => mayHold(s.when, scope))
    .map((s) => ({ ...s, fields: s.fields.filter((i) => mayHold(i.when, scope)) }))
    .filter((s) => s.fields.length > 0);
}

export interface Placed {
  fields: Record<string, string>; // messages by field
  rest: string[]; // those of no field that is shown
}

/** place puts what the server refused at the fields that it concerns; it names them as metadata or the API does. */
export function place(meta: ObjectMeta, shown: Set<string>, errors: ApiError[]): Placed {
  const out: Placed = { fields: {}, rest: [] };
  for (const e of errors) {
    const f = meta.fields.find((x) => x.api === e.field || x.name === e.field);
    if (f && shown.has(f.api)) out.fields[f.api] ??= e.message;
    else out.rest.push(e.message);
  }
  return out;
}
