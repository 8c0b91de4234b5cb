// Approval flows: what a new node begins with, and which way a record goes.
import type { Json } from '@/shared/api/graphql';
import { isDoc, type Doc } from './overlay';
import type { Shape } from './shape';
import { fresh, type Path } from './places';

export const nodeKinds = ['approve', 'handle', 'cc', 'condition', 'parallel', 'inclusive', 'wait', 'action', 'subapproval', 'decision'] as const;
export type NodeKind = (typeof nodeKinds)[number];

export const hasBranches = (kind: Json | undefined) => kind === 'condition' || kind === 'parallel' || kind === 'inclusive';

const who = (node: Doc, t: (key: string) => string): string =>
  Array.isArray(node.participants)
    ? node.participants
        .filter(isDoc)
        .map((p) => [t(`process.who.${String(p.type)}`), p.role ?? p.post ?? p.group ?? p.path].filter(Boolean).join(' '))
        .join(', ')
    : typeof node.when === 'string'
      ? node.when
      : '';

export const approvalShape: Shape = { kind: 'kind', kinds: nodeKinds, text: (kind) => `process.kind.${kind}`, inner: 'flow', branching: hasBranches, lists: [], says: who };

/** newNode is a node of a kind under a name that is not taken. */
export function newNode(kind: NodeKind, taken: string[]): Doc {
  const id = fresh(kind, taken);
  switch (kind) {
    case 'approve':
    case 'handle':
    case 'cc':
      return { id, kind, participants: [{ type: 'manager' }] };
    case 'condition':
      return { id, kind, default: 'otherwise', branches: [{ id: 'if', when: '', flow: [] }, { id: 'otherwise', flow: [] }] };
    case 'parallel':
      return { id, kind, branches: [{ id: 'first', flow: [] }, { id: 'second', flow: [] }] };
    case 'inclusive':
      return { id, kind, default: 'otherwise', branches: [{ id: 'if', when: '', flow: [] }, { id: 'otherwise', flow: [] }] };
    case 'wait':
      return { id, kind, for: 'P1D' };
    case 'action':
      return { id, kind, do: [] };
    case 'subapproval':
      return { id, kind };
    case 'decision':
      return { id, kind, rules: [] };
  }
}

/** Judge says whether a condition holds of the record; null: it cannot be told before. */
export type Judge = (condition: string) => Promise<boolean | null>;
export type Reached = 'yes' | 'no' | 'maybe';

const and = (a: Reached, b: Reached): Reached => (a === 'no' || b === 'no' ? 'no' : a === 'maybe' || b === 'maybe' ? 'maybe' : 'yes');
const told = (v: boolean | null): Reached => (v === null ? 'maybe' : v ? 'yes' : 'no');

/** trace says of every node and branch of a flow whether a record gets there; the keys are paths joined by points. */
export async function trace(flow: Json | undefined, judge: Judge): Promise<Record<string, Reached>> {
  const out: Record<string, Reached> = {};
  const judged = async (when: Json | undefined) => (typeof when === 'string' && when ? told(await judge(when)) : 'yes');
  const walk = async (nodes: Json | undefined, path: Path, reached: Reached) => {
    for (const [i, n] of (Array.isArray(nodes) ? nodes : []).entries()) {
      if (!isDoc(n)) continue;
      const at = [...path, i];
      const here = and(reached, await judged(n.when));
      out[at.join('.')] = here;
      if (!hasBranches(n.kind) || !Array.isArray(n.branches)) continue;
      let left: Reached = 'yes'; // whether none of the branches before took the record
      let taken: Reached = 'no';
      const branches = n.branches.filter(isDoc);
      const results: Reached[] = [];
      for (const b of branches) {
        if (n.kind === 'parallel') {
          results.push(here);
          continue;
        }
        if (b.id === n.default) {
          results.push('no');
          continue;
        }
        const holds = await judged(b.when);
        const r = and(here, n.kind === 'condition' ? and(left, holds) : holds);
        results.push(r);
        if (holds === 'yes') left = 'no';
        else if (holds === 'maybe' && left === 'yes') left = 'maybe';
        if (r === 'yes' || (r === 'maybe' && taken === 'no')) taken = r;
      }
      const otherwise: Reached = and(here, taken === 'yes' ? 'no' : taken === 'maybe' ? 'maybe' : 'yes');
      for (const [j, b] of branches.entries()) {
        const r = n.kind !== 'parallel' && b.id === n.default ? otherwise : results[j]!;
        out[[...at, 'branches', j].join('.')] = r;
        await walk(b.flow, [...at, 'branches', j, 'flow'], r);
      }
    }
  };
  await walk(flow, [], 'yes');
  return out;
}
