// Conditions, judged while people type. Nulls are as in SQL; what cannot be judged here (functions that are not known,
// other records) is undefined, and never shown as broken: the server decides.
import { add, compare, decimal, multiply, type Decimal } from './decimal';
import type { Field, Tree } from './types';

/** Val is a value: null, a condition, text, a number, a list of texts; undefined: unknown. */
export type Val = null | boolean | string | Decimal | string[] | undefined;

export interface Scope {
  /** read gives a field's value by its metadata name, as expressions have it. */
  read: (name: string) => Val;
  prior?: (name: string) => Val; // before the change
  isNew: boolean;
  now: () => Date;
  zone: string;
}

/** valueOf turns a value of the API into one of expressions. */
export function valueOf(f: Field, v: unknown): Val {
  if (v === null || v === undefined || v === '') return null;
  const code = (x: unknown) => f.choices?.find((c) => c.value === x)?.code ?? String(x);
  if (Array.isArray(v)) return v.length ? v.map(code) : null;
  if (typeof v === 'boolean') return v;
  if (f.choices) return code(v);
  if (numeric.has(f.as || f.kind)) return decimal(v) ?? undefined;
  if ((f.as || f.kind) === 'datetime') return undefined; // its texts are not in order
  return typeof v === 'object' ? undefined : String(v);
}

const numeric = new Set(['int', 'decimal', 'money', 'percent']);

const isNumber = (v: Val): v is Decimal => typeof v === 'object' && v !== null && !Array.isArray(v);
const blank = (v: Val) => v === null || v === '' || (Array.isArray(v) && v.length === 0);

/** holds says whether a condition is certainly true. */
export const holds = (t: Tree, s: Scope): boolean => evaluate(t, s) === true;

/** mayHold says whether a condition is not certainly false: what stands under it is shown. */
export const mayHold = (t: Tree | undefined, s: Scope): boolean => {
  if (!t) return true;
  const v = evaluate(t, s);
  return v === true || v === undefined;
};

export function evaluate(t: Tree, s: Scope): Val {
  const arg = (i: number) => evaluate(t.args![i]!, s);
  switch (t.op) {
    case 'null':
      return null;
    case 'true':
    case 'false':
      return t.op === 'true';
    case 'number':
      return decimal(t.text) ?? undefined;
    case 'text':
      return t.text ?? '';
    case 'name':
      return s.read(t.text!);
    case 'and':
    case 'or':
      return both(t.op === 'or', arg(0), arg(1));
    case 'not':
      return negate(arg(0));
    case 'neg': {
      const v = arg(0);
      return isNumber(v) ? { n: -v.n, scale: v.scale } : v === null ? null : undefined;
    }
    case 'if': {
      const c = arg(0);
      return c === undefined ? undefined : c === true ? arg(1) : arg(2);
    }
    case 'isnull': {
      const v = arg(0);
      return v === undefined ? undefined : (v === null) !== !!t.not;
    }
    case 'in':
      return turned(t, among(arg(0), t.args![1]!, s));
    case 'between': {
      const x = arg(0);
      return turned(t, both(false, order('>=', x, arg(1)), order('<=', x, arg(2))));
    }
    case 'call':
      return call(t, s);
  }
  if (t.op === '+' || t.op === '-' || t.op === '*') {
    const [a, b] = [arg(0), arg(1)];
    if (a === null || b === null) return null;
    if (!isNumber(a) || !isNumber(b)) return undefined;
    return t.op === '*' ? multiply(a, b) : add(a, b, t.op === '+' ? 1 : -1);
  }
  if (['==', '!='].includes(t.op) && t.args!.some((a) => a.op === 'null')) return nullness(t, s);
  if (['==', '!=', '<', '<=', '>', '>='].includes(t.op)) return order(t.op, arg(0), arg(1));
  return undefined; // division rounds as the server does; it is not done twice
}

/** nullness is a comparison with the word null: it asks whether there is a value. */
function nullness(t: Tree, s: Scope): Val {
  const v = evaluate(t.args!.find((a) => a.op !== 'null') ?? { op: 'null' }, s);
  return v === undefined ? undefined : (v === null) === (t.op === '==');
}

const turned = (t: Tree, v: Val): Val => (t.not ? negate(v) : v);
const negate = (v: Val): Val => (v === undefined ? undefined : v === null ? null : !v);

/** both is "and", or with either set "or", where what is unknown or null decides only when it must. */
function both(either: boolean, a: Val, b: Val): Val {
  if (a === either || b === either) return either;
  if (a === undefined || b === undefined) return undefined;
  return a === null || b === null ? null : !either;
}

function order(op: string, a: Val, b: Val): Val {
  if (a === undefined || b === undefined) return undefined;
  if (a === null || b === null) return null;
  let c: number;
  if (isNumber(a) && isNumber(b)) c = compare(a, b);
  else if (typeof a === 'string' && typeof b === 'string') c = a < b ? -1 : a > b ? 1 : 0;
  else if (typeof a === 'boolean' && typeof b === 'boolean') c = Number(a) - Number(b);
  else return undefined;
  return { '==': c === 0, '!=': c !== 0, '<': c < 0, '<=': c <= 0, '>': c > 0, '>=': c >= 0 }[op];
}

function among(x: Val, list: Tree, s: Scope): Val {
  if (list.op !== 'list') return undefined; // periods and lists of the record
  let out: Val = false;
  for (const item of list.args ?? []) {
    const same = order('==', x, evaluate(item, s));
    out = both(true, out, same);
  }
  return out;
}

/** today is the day in the tenant's zone. */
export const today = (s: Scope) => new Intl.DateTimeFormat('sv-SE', { timeZone: s.zone, dateStyle: 'short' }).format(s.now());

function call(t: Tree, s: Scope): Val {
  const args = t.args ?? [];
  const value = (i: number) => evaluate(args[i]!, s);
  const field = args[0]?.op === 'name' ? args[0].text! : undefined;
  switch (t.text) {
    case 'ISBLANK': {
      const v = value(0);
      return v === undefined ? undefined : blank(v);
    }
    case 'IF': {
      const c = value(0);
      return c === undefined ? undefined : c === true ? value(1) : args[2] ? value(2) : null;
    }
    case 'COALESCE':
      for (let i = 0; i < args.length; i++) {
        const v = value(i);
        if (v !== null) return v;
      }
      return null;
    case 'CASE': {
      const x = value(0);
      let i = 1;
      for (; i + 1 < args.length; i += 2) {
        const same = order('==', x, value(i));
        if (same === undefined) return undefined;
        if (same === true) return value(i + 1);
      }
      return i < args.length ? value(i) : null;
    }
    case 'ABS': {
      const v = value(0);
      return isNumber(v) ? { n: v.n < 0n ? -v.n : v.n, scale: v.scale } : v === null ? null : undefined;
    }
    case 'TODAY':
      return today(s);
    case 'ISNEW':
      return s.isNew;
    case 'ISCHANGED': {
      if (!field || !s.prior) return s.isNew ? true : undefined;
      const same = order('==', s.read(field), s.prior(field));
      if (same === undefined) return undefined;
      return same === null ? s.read(field) !== s.prior(field) : !same;
    }
    case 'PRIOR':
      return s.isNew ? null : field && s.prior ? s.prior(field) : undefined;
  }
  return undefined;
}
