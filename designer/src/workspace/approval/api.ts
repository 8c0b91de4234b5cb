// Approvals as the API has them.
import { graphql } from '@/shared/api/graphql';
import type { Field } from '@/shared/meta/types';

export interface Task {
  id: string;
  instance: string;
  instanceStatus: string;
  process: string;
  recordId: string;
  title: string | null;
  processName: string | null;
  node: string | null;
  nodeName: string | null;
  kind: 'opinion' | 'before' | 'after' | 'resubmit' | null; // null: a decision of the node's own
  status: string;
  assignee: string | null;
  pool: string[];
  created: string;
  due: string | null;
  decision: string | null;
  decidedBy: string | null;
  decidedAt: string | null;
  reason: string | null;
}

/** What can be done with a task now: it is decided on, or taken out of a pool. */
export const isPending = (x: Task) => x.status === 'pending';
export const isClaimable = (x: Task) => x.status === 'claimable';

export interface Instance {
  id: string;
  process: string;
  object: string;
  recordId: string;
  submitter: string | null;
  status: string;
  round: number;
  revision: number;
  formHash: string;
  admin: boolean;
  tasks: Task[];
  form: Record<string, unknown>;
  formFields: Field[]; // what the form shows, also of objects that the caller may not read
  editable: string[];
  required: string[];
}

const task = 'id instance instanceStatus process recordId title processName node nodeName kind status assignee pool created due decision decidedBy decidedAt reason';
const instance = `id process object recordId submitter status round revision formHash admin form formFields editable required tasks { ${task} }`;

export const myTasks = (status: 'open' | 'done', after: string | null, signal?: AbortSignal) =>
  graphql<{ myTasks: { nodes: Task[]; hasNextPage: boolean; endCursor: string | null } }>(`query MyTasks($status: String, $after: String) { myTasks(status: $status, first: 50, after: $after) { nodes { ${task} } hasNextPage endCursor } }`, { status, after }, signal).then((d) => d.myTasks);

export const instanceOf = (id: string, signal?: AbortSignal) => graphql<{ instance: Instance | null }>(`query Instance($id: ID!) { instance(id: $id) { ${instance} } }`, { id }, signal).then((d) => d.instance);

export const approvalsOf = (record: string, signal?: AbortSignal) => graphql<{ approvals: Instance[] }>(`query Approvals($record: ID!) { approvals(record: $record) { ${instance} } }`, { record }, signal).then((d) => d.approvals);

export interface Step {
  seq: number;
  task: string | null;
  at: string;
  verb: string;
  actor: string | null;
  node: string | null;
  comment: string | null;
  reason: string | null;
}

export const trailOf = (id: string, signal?: AbortSignal) =>
  graphql<{ audit: { valid: boolean; entries: Step[] } | null }>('query Trail($id: ID!) { audit(instance: $id, first: 200) { valid entries { seq task at verb actor node comment reason } } }', { id }, signal).then((d) => d.audit);

export const submit = (process: string, record: string, comment?: string) => graphql('mutation Submit($process: String!, $record: ID!, $comment: String) { submit(process: $process, record: $record, comment: $comment) { id } }', { process, record, comment });

/** onInstance is what who submitted may do with the whole. */
export type Whole = 'withdraw' | 'urge' | 'resubmit';
export const onInstance = (verb: Whole, id: string, comment?: string) => graphql(`mutation Whole($instance: ID!, $comment: String) { ${verb}(instance: $instance, comment: $comment) { id status } }`, { instance: id, comment });

export type Verb = 'approve' | 'reject' | 'return' | 'transfer' | 'delegate' | 'addSign' | 'claim';

export interface Decision {
  verb: Verb;
  comment?: string;
  user?: string; // of transfer and delegate
  users?: string[]; // of addSign
  method?: string;
  data?: Record<string, unknown>; // of approve: fields that the node lets one change
}

/** decide carries out a decision on a task. Nobody decides on a form that was changed since it was looked at: hash is the one seen. */
export function decide(id: string, d: Decision, hash?: string) {
  const v: Record<string, unknown> = { task: id };
  const args: string[] = ['$task: ID!'];
  const pass: string[] = ['task: $task'];
  const give = (name: string, type: string, value: unknown) => {
    if (value === undefined || value === '') return;
    args.push(`$${name}: ${type}`);
    pass.push(`${name}: $${name}`);
    v[name] = value;
  };
  if (d.verb !== 'claim') give('comment', 'String', d.comment);
  if (d.verb === 'approve' && d.data && Object.keys(d.data).length > 0) give('data', 'JSON', d.data);
  if (d.verb === 'transfer' || d.verb === 'delegate') give('user', 'ID!', d.user);
  if (d.verb === 'addSign') give('sign', 'ApprovalSigners!', { users: d.users, type: 'before', method: d.method ?? 'all' });
  give('ifFormHash', 'String', hash);
  return graphql(`mutation Decide(${args.join(', ')}) { ${d.verb}(${pass.join(', ')}) { id status } }`, v);
}
