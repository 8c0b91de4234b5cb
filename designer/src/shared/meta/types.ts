// What GET /api/meta and /api/meta/:object give; runtime/meta says what each part means.
import type { Json } from '@/shared/api/graphql';

export type Text = Partial<Record<'en' | 'zh-CN', string>>;

export interface Tree {
  op: string;
  text?: string;
  args?: Tree[];
  not?: boolean;
}

export interface Choice {
  value: string;
  code: string;
  label: Text;
  color?: string;
  inactive?: boolean;
  when?: Record<string, string[]>;
}

export interface Field {
  name: string;
  api: string;
  record?: string;
  parts?: string[];
  kind: string;
  as?: string;
  input?: string;
  label: Text;
  help?: Text;
  system?: boolean;
  required?: boolean;
  unique?: boolean;
  writable?: boolean;
  computed?: boolean;
  masked?: boolean;
  partial?: boolean; // told of some records alone
  revealable?: boolean;
  money?: boolean;
  history?: boolean;
  sortable?: boolean;
  groupable?: boolean;
  filter?: string;
  operators?: string[];
  choices?: Choice[];
  targets?: string[];
  many?: boolean;
  default?: Json;
  settings?: { maxLength?: number; minLength?: number; min?: number | string; max?: number | string; scale?: number; accept?: string[]; maxSize?: number };
}

export interface Relation {
  name: string;
  object: string;
  via: string;
  label: Text;
  detail?: boolean;
  files?: boolean;
}

/** Records of an object that a timeline tells of: which reference leads to its record, and which instant of theirs counts. */
export interface TimelineSource {
  object: string;
  via: string;
  at: string;
}

export interface Rule {
  name: string;
  field?: string;
  warning?: boolean;
  create?: boolean;
  update?: boolean;
  message: Text;
  when: Tree;
}

export interface Action {
  name: string;
  label: Text;
  help?: Text;
  onObject?: boolean;
  as?: string;
  input?: string;
  fields?: Field[];
}

export interface Item {
  field: string;
  wide?: boolean;
  when?: Tree;
}

export interface Section {
  label: Text;
  columns: number;
  when?: Tree;
  fields: Item[];
}

export interface Layout {
  name: string;
  label: Text;
  recordTypes?: string[];
  highlights: string[];
  sections: Section[];
  related: { relation: string; columns?: string[] }[];
}

export interface Condition {
  path: string[];
  op: string;
  value: Json;
}

/** Group is conditions of which any, or all, hold. */
export type Group = { or: Filter } | { and: Filter };

/** Filter is conditions and groups that all hold. */
export type Filter = (Condition | Group)[];

export interface Sort {
  field: string;
  desc?: boolean;
}

export interface View {
  name: string;
  label: Text;
  kind: 'list' | 'kanban' | 'calendar';
  columns: string[];
  filter: Filter;
  sort: Sort[];
  group?: string;
  from?: string;
  to?: string;
  widths?: Record<string, number>; // of columns, in pixels, where somebody chose them
  saved?: { id: string; version: number; own: boolean; shared: boolean }; // it is a record, not metadata
}

export interface ObjectMeta {
  name: string;
  type: string;
  one: string;
  many: string;
  label: Text;
  pluralLabel: Text;
  help?: Text;
  nameField?: string;
  serves?: string;
  may: { create: boolean; update: boolean; delete: boolean };
  features: string[];
  searchable: boolean;
  fields: Field[];
  relations: Relation[];
  timeline?: TimelineSource[];
  rules: Rule[];
  actions: Action[];
  processes?: { key: string; label: Text }[];
  path?: { field: string };
  layouts: Layout[];
  views: View[];
}

export interface Entry {
  name: string;
  type: string;
  label: Text;
  pluralLabel: Text;
  prefix: string;
  one: string;
  many: string;
  nameField?: string;
  searchable: boolean;
  create: boolean;
  update: boolean;
}

export interface NavItem {
  object?: string;
  view?: string;
  page?: string;
  url?: string;
  label: Text;
}

export interface App {
  name: string;
  label: Text;
  help?: Text;
  items: NavItem[];
}

export interface Index {
  revision: number;
  zone: string;
  apps: App[];
  objects: Entry[];
  roles: Record<string, string>;
  rights: string[];
  processes: { key: string; object: string; label: Text }[];
}
