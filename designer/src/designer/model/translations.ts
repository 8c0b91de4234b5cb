// Texts of metadata that lack a language.
import type { Json } from '@/shared/api/graphql';
import { docOf, filesOf, type Packages, type Ref } from './files';
import { isDoc, type Doc } from './overlay';
import { at, set, type Path } from './places';

export const locales = ['en', 'zh-CN'] as const;

const textKeys = new Set(['label', 'pluralLabel', 'help', 'message', 'description', 'title', 'subject', 'body']);

// In steps, texts alone are expressions and names of messages, but for labels; what hangs below these keys is all expressions.
const stepLists = new Set<string | number>(['steps', 'do', 'recover', 'compensate', 'onSubmit', 'onApprove', 'onReject', 'onReturn', 'onWithdraw']);
const expressions = new Set(['set', 'with', 'args', 'match', 'result', 'out', 'then', 'when', 'figures', 'tests', 'cases']);

export interface Missing extends Ref {
  at: Path;
  texts: Record<string, string>;
  lacks: string[];
}

/** missing lists the texts that lack a language. What is a key of i18n stands there. */
export function missing(all: Packages): Missing[] {
  return filesOf(all, /\.json$/)
    .filter((f) => !/^(data|tests|i18n|overlays)\//.test(f.path))
    .flatMap((f) => find(f.doc, []).map((m) => ({ ...m, pkg: f.pkg, path: f.path })));
}

function find(v: Json | undefined, path: Path): Omit<Missing, 'pkg' | 'path'>[] {
  if (Array.isArray(v)) return v.flatMap((x, i) => find(x, [...path, i]));
  if (!isDoc(v)) return [];
  return Object.entries(v).flatMap(([k, x]) => {
    if (!textKeys.has(k)) return expressions.has(k) ? [] : find(x, [...path, k]);
    if (typeof x === 'string' && k !== 'label' && path.some((p) => stepLists.has(p))) return [];
    const texts = textsOf(x);
    if (!texts) return find(x, [...path, k]);
    const lacks = locales.filter((l) => !texts[l]);
    return lacks.length && Object.keys(texts).length ? [{ at: [...path, k], texts, lacks: [...lacks] }] : [];
  });
}

function textsOf(v: Json): Record<string, string> | undefined {
  if (typeof v === 'string') return v.startsWith('@') || v === '' ? undefined : { en: v };
  if (isDoc(v) && Object.values(v).every((x) => typeof x === 'string') && locales.some((l) => l in v)) return v as Record<string, string>;
  return undefined;
}

/** translated gives the document with a text in one more language. */
export function translated(all: Packages, m: Missing, locale: string, text: string): Doc {
  const doc = docOf(all, m) ?? {};
  const now = textsOf(at(doc, m.at) ?? '') ?? m.texts;
  return set(doc, m.at, { ...now, [locale]: text });
}
