// What lookups lead to.
import type { Json } from '@/shared/api/graphql';
import { objectOf, type Packages } from '../model/files';
import { isDoc, type Doc } from '../model/overlay';

export const fieldsOf = (all: Packages, object: string): Doc[] => ((objectOf(all, object)?.doc.fields as Json[] | undefined) ?? []).filter(isDoc);

/** reach follows lookups from an object: ["dealer_id", "region_id"]. */
export function reach(all: Packages, object: string, path: string[]): string | undefined {
  let at: string | undefined = object;
  for (const name of path) {
    const f: Doc | undefined = at === undefined ? undefined : fieldsOf(all, at).find((x) => x.name === name || x.name === `${name}_id`);
    at = typeof f?.to === 'string' ? f.to : undefined;
  }
  return at;
}
