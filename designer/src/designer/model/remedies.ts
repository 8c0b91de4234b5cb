// What an administrator may give a run that has stopped, and how what is typed becomes what the API takes.
import type { Json } from '@/shared/api/graphql';

/** Remedies are what a run that has stopped can be given: kinds by name, and the steps that it can go back to. */
export interface Remedies {
  vars: Record<string, string>;
  out: Record<string, string>;
  from: string[];
}

export interface Stopped {
  id: string;
  flow: string;
  status: string;
  incident: { step: string | null; code: string; message: string } | null;
  vars: Record<string, string> | null;
  remedies: Remedies | null;
}

export const orders = ['retry', 'skip', 'rerunFrom', 'rerun', 'cancel', 'compensate'] as const;
export type Order = (typeof orders)[number];

const over = new Set(['succeeded', 'failed', 'cancelled', 'compensated', 'skipped']);

/** ordersFor are the orders that mean something to a run as it is; the server has the last word. */
export function ordersFor(run: Stopped): Order[] {
  const stuck = run.status === 'failed' && !!run.incident?.step;
  const may: Record<Order, boolean> = {
    retry: stuck,
    skip: stuck,
    rerunFrom: (run.remedies?.from.length ?? 0) > 0,
    rerun: over.has(run.status),
    cancel: !over.has(run.status) || run.status === 'failed',
    compensate: ['failed', 'succeeded', 'cancelled'].includes(run.status),
  };
  return orders.filter((o) => may[o]);
}

/** valueOf is what was typed as the API takes a value of a kind; undefined where it is none. */
export function valueOf(kind: string, typed: string): Json | undefined {
  const text = typed.trim();
  if (text === '') return null;
  switch (kind) {
    case 'int':
      return /^-?\d{1,15}$/.test(text) ? Number(text) : undefined;
    case 'decimal':
      return /^-?\d+(\.\d+)?$/.test(text) ? text : undefined;
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'date':
      return /^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined;
    case 'datetime': {
      const at = new Date(text);
      return Number.isNaN(at.getTime()) ? undefined : at.toISOString();
    }
    case 'list':
      return text.split(/[\s,，]+/).filter(Boolean);
    case 'json':
      try {
        return JSON.parse(text) as Json;
      } catch {
        return undefined;
      }
  }
  return typed;
}

/** valuesOf reads all that was typed; wrong names what is no value of its kind. */
export function valuesOf(kinds: Record<string, string>, typed: Record<string, string>): { values: Record<string, Json>; wrong: string[] } {
  const values: Record<string, Json> = {};
  const wrong: string[] = [];
  for (const [name, text] of Object.entries(typed)) {
    const v = valueOf(kinds[name] ?? 'text', text);
    if (v === undefined) wrong.push(name);
    else values[name] = v;
  }
  return { values, wrong };
}
