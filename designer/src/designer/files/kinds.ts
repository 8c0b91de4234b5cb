// Kinds of files that have a page each: where they stand, and what a new one begins with.
import type { Doc } from '../model/overlay';

export interface FileKind {
  pattern: RegExp;
  folder: string;
  object?: (path: string, doc: Doc) => string | undefined;
  fresh?: (name: string) => Doc;
  hide?: string[];
}

const byPath = (path: string) => /^objects\/([^/]+)\//.exec(path)?.[1];
const byKey = (key: string) => (_: string, doc: Doc) => (typeof doc[key] === 'string' ? doc[key] : undefined);
const in_ = (folder: string): Pick<FileKind, 'pattern' | 'folder'> => ({ folder, pattern: new RegExp(`^${folder}/[^/]+\\.json$`) });

export const kinds: Record<string, FileKind> = {
  picklist: { ...in_('picklists'), fresh: (name) => ({ name, label: {}, values: [] }) },
  app: { ...in_('apps'), fresh: (name) => ({ name, label: {}, items: [] }) },
  role: { ...in_('roles'), fresh: (name) => ({ name, label: {}, permissions: [] }) },
  permissions: { ...in_('permissions'), fresh: (name) => ({ name, label: {}, objects: {} }) },
  sharing: { ...in_('sharing'), object: byKey('object'), fresh: (object) => ({ object }) },
  flow: { ...in_('flows'), object: byKey('object'), fresh: (key) => ({ key, label: {} }) },
  table: { ...in_('tables'), fresh: (name) => ({ name, label: {} }) },
  script: { ...in_('scripts'), fresh: (name) => ({ name }) },
  approval: { ...in_('approvals'), object: byKey('object') },
  layout: { folder: '', pattern: /^objects\/[^/]+\/layouts\/[^/]+\.json$/, object: byPath },
  view: { folder: '', pattern: /^objects\/[^/]+\/views\/[^/]+\.json$/, object: byPath },
  action: { folder: '', pattern: /^objects\/[^/]+\/actions\/[^/]+\.json$/, object: byPath },
};
