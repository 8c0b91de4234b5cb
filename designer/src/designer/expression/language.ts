// What names stand for in expressions, and what the server says of one.
import type { CompletionSource } from '@codemirror/autocomplete';
import type { Diagnostic } from '@codemirror/lint';
import type { Json } from '@/shared/api/graphql';
import { textIn } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import { namingFiles, objectOf, tenant, type Packages } from '../model/files';
import { isDoc, type Doc } from '../model/overlay';
import { admin, type Finding } from '../setup/api';
import { units } from '../model/text';

interface FunctionDoc {
  name: string;
  syntax: string;
  doc: Text;
}

let functions: Promise<FunctionDoc[]> | undefined;
const loadFunctions = () => (functions ??= admin<{ functions: FunctionDoc[] }>('{ functions }').then((d) => d.functions));

const fieldsOf = (all: Packages, object: string): Doc[] => ((objectOf(all, object)?.doc.fields as Json[] | undefined) ?? []).filter(isDoc);

/** reach follows lookups from an object: ["dealer_id", "region_id"]. */
export function reach(all: Packages, object: string, path: string[]): string | undefined {
  let at: string | undefined = object;
  for (const name of path) {
    const f: Doc | undefined = at === undefined ? undefined : fieldsOf(all, at).find((x) => x.name === name || x.name === `${name}_id`);
    at = typeof f?.to === 'string' ? f.to : undefined;
  }
  return at;
}

/** completion completes the fields of the object, those behind its lookups after a point, and functions. */
export function completion(all: Packages, object: string, locale: string): CompletionSource {
  return async (context) => {
    const word = context.matchBefore(/[\w.]*$/);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    const parts = word.text.split('.');
    const of = reach(all, object, parts.slice(0, -1));
    const from = word.to - parts.at(-1)!.length;
    const fields = of === undefined ? [] : fieldsOf(all, of).map((f) => ({ label: String(f.name), detail: typeof f.label === 'string' ? f.label : textIn(f.label as Text | undefined, locale), info: String(f.type), type: 'property', boost: 1 }));
    if (parts.length > 1) return { from, options: fields };
    const all_ = await loadFunctions().catch(() => []);
    return { from, options: [...fields, ...all_.map((f) => ({ label: f.name, detail: f.syntax, info: textIn(f.doc, locale), type: 'function', apply: `${f.name}(` }))] };
  };
}

interface Expressed {
  type?: Text;
  problems: { start: number; end: number; summary: Text; suggestion?: Text }[];
  findings?: Finding[];
}

interface Check {
  all: Packages;
  object: string;
  text: string;
  condition: boolean;
  locale: string;
  found: (type: string | undefined) => void;
}

/** diagnostics are the faults of an expression at their places. */
export async function diagnostics({ all, object, text, condition, locale, found }: Check): Promise<Diagnostic[]> {
  if (!text.trim()) {
    found(undefined);
    return [];
  }
  const d = await admin<{ expression: Expressed }>('query($p: Packages, $o: String!, $t: String!, $c: Boolean) { expression(packages: $p, object: $o, text: $t, condition: $c) }', { p: all[tenant]?.['tenon.json'] ? { [tenant]: namingFiles(all[tenant]) } : undefined, o: object, t: text, c: condition }).catch((e: unknown) => e as Error);
  if (d instanceof Error) return [{ from: 0, to: text.length, severity: 'error', message: d.message }];
  const { type, problems, findings } = d.expression;
  found(type && textIn(type, locale));
  const at = units(text);
  return [
    ...problems.map((p): Diagnostic => ({ from: at(p.start), to: Math.max(at(p.start), at(p.end)), severity: 'error', message: [textIn(p.summary, locale), textIn(p.suggestion, locale)].filter(Boolean).join(' ') })),
    ...(findings ?? []).filter((f) => f.severity === 'error').slice(0, 1).map((f): Diagnostic => ({ from: 0, to: 0, severity: 'warning', message: `${f.pos.file}: ${textIn(f.summary, locale)}` })),
  ];
}
