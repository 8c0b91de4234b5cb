// JSON Schemas of metadata, as far as forms need them.
import type { Json } from '@/shared/api/graphql';
import { isDoc, type Doc } from './overlay';

export interface Schema {
  $ref?: string;
  type?: string | string[];
  description?: string;
  enum?: string[];
  enumDescriptions?: string[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: Schema | boolean;
  allOf?: { if?: Schema; then?: Schema }[];
  anyOf?: Schema[];
  const?: Json;
  $defs?: Record<string, Schema>;
  minimum?: number;
  maximum?: number;
  title?: string;
}

/** resolve follows references; what stands beside one counts before it. */
export function resolve(root: Schema, s: Schema | undefined): Schema {
  if (!s?.$ref) return s ?? {};
  const { $ref, ...own } = s;
  const target = $ref.replace('#/$defs/', '');
  return { ...resolve(root, root.$defs?.[target]), ...own };
}

/** shapeOf says how a value is typed in a form. */
export type Shape = 'text' | 'choice' | 'choices' | 'flag' | 'number' | 'string' | 'strings' | 'list' | 'map' | 'object' | 'json';

export function shapeOf(root: Schema, given: Schema): Shape {
  if (given.$ref === '#/$defs/Text') return 'text';
  const s = resolve(root, given);
  if (s.enum) return 'choice';
  if (s.type === 'boolean') return 'flag';
  if (s.type === 'integer' || s.type === 'number') return 'number';
  if (s.type === 'string') return 'string';
  if (s.type === 'array') {
    const items = resolve(root, s.items);
    if (items.enum) return 'choices';
    if (items.type === 'string') return 'strings';
    return items.properties ? 'list' : 'json';
  }
  if (s.properties) return 'object';
  if (isDoc(s.additionalProperties as Json)) return 'map';
  return 'json';
}

/** propertiesOf are the properties of a document: its own, and those that a condition on its values brings. */
export function propertiesOf(root: Schema, given: Schema, doc: Doc): { name: string; schema: Schema; required: boolean }[] {
  const s = resolve(root, given);
  const parts = [s, ...(s.allOf ?? []).filter((c) => c.then && meets(c.if, doc)).map((c) => resolve(root, c.then))];
  const must = new Set(parts.flatMap((p) => p.required ?? []));
  return parts.flatMap((p) => Object.entries(p.properties ?? {}).map(([name, schema]) => ({ name, schema, required: must.has(name) })));
}

const meets = (s: Schema | undefined, doc: Doc) => Object.entries(s?.properties ?? {}).every(([k, v]) => v.const === undefined || doc[k] === v.const);

/** pick takes a language out of a text in both, "English / Chinese". */
function pick(text: string | undefined, locale: string): string {
  const [en = '', zh] = (text ?? '').split(' / ');
  return (locale === 'zh-CN' ? (zh ?? en) : en).trim();
}

/** describe is what a schema says that a value is for. */
export const describe = (s: Schema, locale: string): string => pick(s.description, locale);

/** titleIn is what a property is called; "" for one that has no name but its key, such as a member of a map. */
export const titleIn = (property: Schema, locale: string): string => pick(property.title, locale);

/** fieldType is what a type of fields is called; root is a schema that has fields. */
export const fieldType = (root: Schema, kind: string, locale: string): string => titleIn(root.$defs?.[`field.${kind}`] ?? {}, locale) || kind;

/** choicesOf are the words that a value may be, each with what it means. */
export function choicesOf(s: Schema, locale: string): { value: string; label: string }[] {
  return (s.enum ?? []).map((value, i) => {
    const says = pick(s.enumDescriptions?.[i], locale);
    return { value, label: says && says !== value ? `${says} (${value})` : value };
  });
}
