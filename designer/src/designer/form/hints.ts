// What texts of metadata may be: names of objects, fields, roles and the like.
import { createContext, useContext, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { textIn } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import type { Json } from '@/shared/api/graphql';
import { filesOf, objectOf, objectsOf, type Packages } from '../model/files';
import { isDoc, nameOf, type Doc } from '../model/overlay';
import { useDraft } from '../setup/draft';

/** The object whose fields names in a form mean, if any. */
export const ObjectContext = createContext<string | undefined>(undefined);

/** What names a form brings besides the fields of the object: of variables and earlier steps; and its own choices for keys. */
export interface Beside {
  names: readonly string[]; // what expressions may begin with, such as vars
  choices: Readonly<Record<string, Option[]>>; // by key
  maps: Readonly<Record<string, { keys?: Option[]; object?: string }>>; // keys and expressions of maps, by key
}
export const BesideContext = createContext<Beside>({ names: [], choices: {}, maps: {} });

export interface Option {
  value: string;
  label: string;
}

const label = (v: Json | undefined, name: string, locale: string) => (typeof v === 'string' ? v : textIn(v as Text | undefined, locale)) || name;
const option = (name: string, l: Json | undefined, locale: string): Option => ({ value: name, label: label(l, name, locale) === name ? name : `${label(l, name, locale)} (${name})` });

export function fieldOptions(all: Packages, object: string | undefined, locale: string): Option[] {
  const o = object ? objectOf(all, object) : undefined;
  return ((o?.doc.fields as Json[] | undefined) ?? []).filter(isDoc).map((f) => option(String(f.name), f.label, locale));
}

export const named = (all: Packages, folder: string, locale: string) => filesOf(all, new RegExp(`^${folder}/[^/]+\\.json$`)).map((f) => option(nameOf(f.doc) ?? f.path, f.doc.label, locale));

const fieldKeys = new Set(['field', 'nameField', 'stagePath', 'group', 'from', 'to', 'highlights', 'columns', 'fields', 'required', 'watch', 'editable', 'requiredFields', 'hiddenFields', 'visibleFields', 'include', 'sort']);

export const participant = '#/$defs/Participant';

/** What usually belongs to each way to find people. */
const participants: Record<string, string[]> = {
  manager: ['level'],
  role: ['role', 'scope'],
  users: ['ids'],
  field: ['path'],
  deptHead: ['of', 'up'],
  deptMembers: ['of', 'up'],
  managerChain: ['from', 'to'],
  post: ['post', 'scope'],
  group: ['group'],
  queue: ['role', 'dept'],
  submitter: [],
  selfSelect: ['min', 'max'],
  prevSelect: ['min', 'max'],
  expr: ['expr'],
  script: ['script'],
};

/** usualOf are the settings that a form shows at once, for some parts of metadata. */
export const usualOf = (def: string | undefined, value: Doc): string[] => (def === participant ? (participants[String(value.type)] ?? []) : def === '#/$defs/ActionStep' ? ['update', 'set'] : []);

/** useOptions gives the choices for a key of a form; undefined where anything may stand. kind is the field type beside it. */
export function useOptions(key: string, kind: Json | undefined, def: string | undefined): Option[] | undefined {
  const { t, i18n } = useTranslation();
  const { all } = useDraft();
  const object = useContext(ObjectContext);
  const { choices } = useContext(BesideContext);
  const l = i18n.language;
  return useMemo(() => {
    if (choices[key]) return choices[key];
    if (key === 'type' && def === participant) return Object.keys(participants).map((value) => ({ value, label: t(`process.who.${value}`) }));
    if ((key === 'to' && (kind === 'lookup' || kind === 'master' || kind === 'multilookup')) || key === 'object') return objectsOf(all).map((o) => option(o.name, o.label, l));
    if (key === 'picklist') return named(all, 'picklists', l);
    if (key === 'role' || key === 'parent' || key === 'override' || key === 'roleAndBelow') return named(all, 'roles', l);
    if (key === 'permissions') return named(all, 'permissions', l);
    if (object && fieldKeys.has(key) && kind === undefined) return fieldOptions(all, object, l);
    return undefined;
  }, [all, key, kind, def, object, choices, l, t]);
}
