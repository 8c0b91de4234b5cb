// What trees of steps have in common: approvals and automations are lists of nodes, of which some hold lists in turn.
import type { Json } from '@/shared/api/graphql';
import { isDoc, type Doc } from './overlay';
import type { Path } from './places';

/** State is how a record, or a run, got along a node. */
export type State = 'yes' | 'no' | 'maybe' | 'failed' | 'waiting';
export interface Mark {
  state: State;
  note?: string;
}

export interface Shape {
  kind: 'kind' | 'type'; // the key that says what a node is
  kinds: readonly string[];
  text: (kind: string) => string; // the text of a kind, or of a list
  inner: 'flow' | 'steps'; // what the list of a branch is called
  branching: (kind: Json | undefined) => boolean;
  lists: readonly string[]; // other lists that a node may hold
  says: (node: Doc, t: (key: string) => string) => string;
}

/** A list that a node holds: in a branch, or on its own. */
export interface Lane {
  name: string;
  path: Path; // of the branch, or of the list
  list: Path; // of the list
  branch?: Doc;
}

const docs = (v: Json | undefined): Doc[] => (Array.isArray(v) ? v.filter(isDoc) : []);

/** lanesOf are the lists that a node holds. */
export function lanesOf(shape: Shape, node: Doc, path: Path): Lane[] {
  const branches = shape.branching(node[shape.kind]) ? docs(node.branches) : [];
  return [
    ...branches.map((branch, i): Lane => ({ name: String(branch.id ?? i + 1), path: [...path, 'branches', i], list: [...path, 'branches', i, shape.inner], branch })),
    ...shape.lists.filter((l) => Array.isArray(node[l])).map((l): Lane => ({ name: l, path: [...path, l], list: [...path, l] })),
  ];
}

/** walk calls fn for every node of a tree with its path. */
export function walk(shape: Shape, nodes: Json | undefined, path: Path, fn: (node: Doc, path: Path) => void) {
  if (!Array.isArray(nodes)) return;
  nodes.forEach((n, i) => {
    if (!isDoc(n)) return;
    const at = [...path, i];
    fn(n, at);
    for (const lane of lanesOf(shape, n, at)) walk(shape, lane.branch ? lane.branch[shape.inner] : n[lane.name], lane.list, fn);
  });
}

/** idsOf are the names of all nodes of a tree. */
export function idsOf(shape: Shape, nodes: Json | undefined): string[] {
  const out: string[] = [];
  walk(shape, nodes, [], (n) => typeof n.id === 'string' && out.push(n.id));
  return out;
}
