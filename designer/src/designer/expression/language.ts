// What names stand for in expressions, and what the server says of one.
import type { CompletionSource } from '@codemirror/autocomplete';
import type { Diagnostic } from '@codemirror/lint';
import { textIn } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import { namingFiles, tenant, type Packages } from '../model/files';
import { admin, type Finding } from '../setup/api';
import { units } from '../model/text';
import { fieldsOf, reach } from './reach';

interface FunctionDoc {
  name: string;
  syntax: string;
  doc: Text;
}

let functions: Promise<FunctionDoc[]> | undefined;
const loadFunctions = () => (functions ??= admin<{ functions: FunctionDoc[] }>('{ functions }').then((d) => d.functions));

/** completion completes the fields of the object, those behind its lookups after a point, functions, and names that stand for something else here. */
export function completion(all: Packages, object: string, locale: string, names: readonly string[] = []): CompletionSource {
  return async (context) => {
    const word = context.matchBefore(/[\w.]*$/);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    const parts = word.text.split('.');
    const of = reach(all, object, parts.slice(0, -1));
    const from = word.to - parts.at(-1)!.length;
    const fields = of === undefined ? [] : fieldsOf(all, of).map((f) => ({ label: String(f.name), detail: typeof f.label === 'string' ? f.label : textIn(f.label as Text | undefined, locale), info: String(f.type), type: 'property', boost: 1 }));
    if (parts.length > 1) return { from, options: fields };
    const others = names.map((label) => ({ label, type: 'variable' }));
    const all_ = await loadFunctions().catch(() => []);
    return { from, options: [...fields, ...others, ...all_.map((f) => ({ label: f.name, detail: f.syntax, info: textIn(f.doc, locale), type: 'function', apply: `${f.name}(` }))] };
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
  names: readonly string[]; // what the server cannot know of an expression alone: what names them is checked with its document
  locale: string;
  found: (type: string | undefined) => void;
}

/** diagnostics are the faults of an expression at their places. */
export async function diagnostics({ all, object, text, condition, names, locale, found }: Check): Promise<Diagnostic[]> {
  if (!text.trim() || names.some((n) => new RegExp(`(?<![\\w.])${n}\\b`).test(text))) {
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
