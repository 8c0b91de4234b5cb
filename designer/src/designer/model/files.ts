// The files of packages, and how what people change of them is kept in the tenant's own package.
import { apply, diff, isDoc, nameOf, type Doc, type Overlay } from './overlay';
import type { Json } from '@/shared/api/graphql';

export type Files = Record<string, string>;
export type Packages = Record<string, Files>;
export const tenant = 'tenant';

export interface Ref {
  pkg: string;
  path: string;
}

export const write = (v: Json): string => `${JSON.stringify(v, null, 2)}\n`;

export function read(text: string | undefined): Doc | undefined {
  if (text === undefined) return undefined;
  try {
    const v = JSON.parse(text) as Json;
    return isDoc(v) ? v : undefined;
  } catch {
    return undefined;
  }
}

const manifest = write({ name: tenant, version: '1.0.0', label: { en: 'Own changes', 'zh-CN': '\u81ea\u5b9a\u4e49' } });

/** drafted are the tenant's files as a draft changes them. */
export function drafted(base: Files, draft: Record<string, string | null>): Files {
  const out = { ...base };
  for (const [path, text] of Object.entries(draft)) {
    if (text === null) delete out[path];
    else out[path] = text;
  }
  return out;
}

/** changed is the draft that makes files of others. */
export function changed(base: Files, files: Files): Record<string, string | null> {
  const out: Record<string, string | null> = {};
  for (const path of Object.keys(base)) if (!(path in files)) out[path] = null;
  for (const [path, text] of Object.entries(files)) if (base[path] !== text) out[path] = text;
  return out;
}

const overlayPath = (r: Ref) => `overlays/${r.pkg}/${r.path}`;

/** docOf is a document as the tenant changes it. */
export function docOf(all: Packages, r: Ref): Doc | undefined {
  const doc = read(all[r.pkg]?.[r.path]);
  const over = r.pkg === tenant ? undefined : read(all[tenant]?.[overlayPath(r)]);
  return doc && over ? apply(doc, over as Partial<Overlay>) : doc;
}

/** withDoc keeps a document: in the tenant's own file, or as what differs from another package's. undefined takes one's own away, or what one changed. */
export function withDoc(all: Packages, r: Ref, doc: Doc | undefined): Files {
  const out: Files = { 'tenon.json': manifest, ...all[tenant] };
  const put = (path: string, v: Json | undefined) => {
    if (v === undefined) delete out[path];
    else out[path] = write(v);
  };
  if (r.pkg === tenant) {
    put(r.path, doc);
    return out;
  }
  const base = read(all[r.pkg]?.[r.path]);
  if (!base) return out;
  const d = doc ? diff(base, doc) : { set: {}, remove: [] };
  const over: Doc = {};
  if (Object.keys(d.set).length) over.set = d.set;
  if (d.remove.length) over.remove = d.remove;
  put(overlayPath(r), Object.keys(over).length ? over : undefined);
  return out;
}

/** Lists of an object that extensions add to. */
export const additive = ['fields', 'recordTypes', 'keys', 'indexes', 'rules', 'noOverlap'] as const;

export interface ObjectDoc {
  name: string;
  pkg: string;
  doc: Doc;
  /** from says which package brings a member: "fields.tier" → "channel". */
  from: Record<string, string>;
}

const objectPath = (name: string) => `objects/${name}/object.json`;
const extendPath = (name: string) => `extend/${name}.json`;
const listOf = (d: Doc | undefined, key: string): Json[] => (Array.isArray(d?.[key]) ? (d[key] as Json[]) : []);

/** extensions are those of an object, the tenant's own last. */
function extensions(all: Packages, name: string): Ref[] {
  const path = extendPath(name);
  return Object.keys(all)
    .filter((p) => path in all[p]! && holds(all, read(all[p]![path])))
    .sort((a, b) => Number(a === tenant) - Number(b === tenant) || a.localeCompare(b))
    .map((pkg) => ({ pkg, path }));
}

const holds = (all: Packages, d: Doc | undefined) => typeof d?.whenInstalled !== 'string' || d.whenInstalled in all;

/** objectsOf lists all objects, those of the tenant first. */
export function objectsOf(all: Packages): { name: string; pkg: string; label: Json | undefined }[] {
  return Object.keys(all)
    .flatMap((pkg) =>
      Object.keys(all[pkg]!)
        .map((p) => /^objects\/([^/]+)\/object\.json$/.exec(p)?.[1])
        .filter((n) => n !== undefined)
        .map((name) => ({ name, pkg, label: docOf(all, { pkg, path: objectPath(name) })?.label })),
    )
    .sort((a, b) => Number(b.pkg === tenant) - Number(a.pkg === tenant) || a.name.localeCompare(b.name));
}

/** objectOf is an object with what extensions add to it. */
export function objectOf(all: Packages, name: string): ObjectDoc | undefined {
  const pkg = Object.keys(all).find((p) => objectPath(name) in all[p]!);
  const base = pkg && docOf(all, { pkg, path: objectPath(name) });
  if (!pkg || !base) return undefined;
  const doc = structuredClone(base);
  const from: Record<string, string> = {};
  for (const key of additive) for (const x of listOf(base, key)) from[`${key}.${nameOf(x)}`] = pkg;
  for (const r of extensions(all, name)) {
    const ext = docOf(all, r);
    for (const key of additive)
      for (const x of listOf(ext, key)) {
        from[`${key}.${nameOf(x)}`] = r.pkg;
        doc[key] = [...listOf(doc, key), x];
      }
  }
  return { name, pkg, doc, from };
}

/** withObject keeps an object: members of others' lists as overlays of where they stand, new ones in the tenant's own extension. */
export function withObject(all: Packages, o: ObjectDoc, doc: Doc): Files {
  if (o.pkg === tenant) return withDoc(all, { pkg: tenant, path: objectPath(o.name) }, doc);
  let files = all[tenant] ?? {};
  const own: Doc = { ...(read(files[extendPath(o.name)]) ?? { object: o.name }) };
  const homes = [{ pkg: o.pkg, path: objectPath(o.name) }, ...extensions(all, o.name).filter((r) => r.pkg !== tenant)];
  for (const home of homes) {
    const part = structuredClone(home.pkg === o.pkg ? doc : docOf(all, home)!);
    for (const key of additive) {
      const mine = listOf(doc, key).filter((x) => o.from[`${key}.${nameOf(x)}`] === home.pkg);
      if (mine.length || key in part) part[key] = mine;
      const was = read(all[home.pkg]![home.path]);
      if (!mine.length && !(was && key in was)) delete part[key];
    }
    files = withDoc({ ...all, [tenant]: files }, home, part);
  }
  for (const key of additive) {
    const mine = listOf(doc, key).filter((x) => (o.from[`${key}.${nameOf(x)}`] ?? tenant) === tenant);
    if (mine.length) own[key] = mine;
    else delete own[key];
  }
  const empty = Object.keys(own).every((k) => k === 'object' || k === '$schema');
  return withDoc({ ...all, [tenant]: files }, { pkg: tenant, path: extendPath(o.name) }, empty ? undefined : own);
}

/** filesOf lists the files whose path fits, each where it can be changed. */
export function filesOf(all: Packages, pattern: RegExp): (Ref & { doc: Doc; changed: boolean })[] {
  return Object.keys(all).flatMap((pkg) =>
    Object.keys(all[pkg]!)
      .filter((p) => pattern.test(p))
      .map((path) => ({ pkg, path, doc: docOf(all, { pkg, path }) ?? {}, changed: pkg === tenant || overlayPath({ pkg, path }) in (all[tenant] ?? {}) })),
  );
}

const naming = /^(tenon\.json|objects\/[^/]+\/object\.json|extend\/|picklists\/|tables\/|tiers\/|overlays\/[^/]+\/(objects\/[^/]+\/object\.json|extend\/|picklists\/|tables\/|tiers\/))/;
const judging = ['rules', 'keys', 'indexes', 'noOverlap', 'stagePath'];

/** naming files are those that give names their meaning, without what only judges: half a rule must not keep expressions from being checked. */
export function namingFiles(files: Files): Files {
  const out: Files = {};
  for (const [path, text] of Object.entries(files)) {
    if (!naming.test(path)) continue;
    const doc = read(text);
    if (!doc || !/^(objects|extend|overlays)\//.test(path)) {
      out[path] = text;
      continue;
    }
    for (const key of judging) delete doc[key];
    if (isDoc(doc.set)) doc.set = Object.fromEntries(Object.entries(doc.set).filter(([k]) => !judging.includes(k.split('.')[0]!)));
    if (Array.isArray(doc.remove)) doc.remove = doc.remove.filter((k) => !judging.includes(String(k).split('.')[0]!));
    out[path] = write(doc);
  }
  return out;
}
