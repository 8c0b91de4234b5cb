// What permission sets allow, and how that is changed.
import type { Json } from '@/shared/api/graphql';
import { isDoc, type Doc } from './overlay';

export const operations = ['read', 'create', 'update', 'delete', 'viewAll', 'editAll'] as const;
export type Operation = (typeof operations)[number];

export const allowed = (set: Doc, object: string): Doc | undefined => {
  const p = isDoc(set.objects) ? set.objects[object] : undefined;
  return isDoc(p) ? p : undefined;
};

const flags = (op: Operation) => op === 'viewAll' || op === 'editAll';

export function allows(set: Doc, object: string, op: Operation): boolean {
  const p = allowed(set, object);
  return flags(op) ? p?.[op] === true : Array.isArray(p?.allow) && p.allow.includes(op);
}

/** withOperation allows or forbids; whoever may write must be able to read, and who may not read may do nothing. */
export function withOperation(set: Doc, object: string, op: Operation, on: boolean): Doc {
  const p: Doc = { ...allowed(set, object) };
  let allow = new Set((Array.isArray(p.allow) ? p.allow : []) as string[]);
  if (flags(op)) {
    if (on) p[op] = true;
    else delete p[op];
    if (on) allow.add('read');
  } else if (on) {
    allow.add(op);
    allow.add('read');
  } else {
    allow.delete(op);
    if (op === 'read') {
      allow = new Set();
      delete p.viewAll;
      delete p.editAll;
    }
  }
  p.allow = operations.filter((o) => allow.has(o)) as unknown as Json;
  return withObjectOf(set, object, allow.size === 0 ? undefined : p);
}

function withObjectOf(set: Doc, object: string, p: Doc | undefined): Doc {
  const objects: Doc = isDoc(set.objects) ? { ...set.objects } : {};
  if (p) objects[object] = p;
  else delete objects[object];
  return { ...set, objects };
}

export const fieldLevel = (set: Doc, object: string, field: string): string | undefined => {
  const fields = allowed(set, object)?.fields;
  return isDoc(fields) && typeof fields[field] === 'string' ? fields[field] : undefined;
};

export function withField(set: Doc, object: string, field: string, level: string | undefined): Doc {
  const p: Doc = { ...allowed(set, object) };
  const fields: Doc = isDoc(p.fields) ? { ...p.fields } : {};
  if (level) fields[field] = level;
  else delete fields[field];
  if (Object.keys(fields).length) p.fields = fields;
  else delete p.fields;
  return withObjectOf(set, object, p);
}
