// Automations: what their triggers and steps take, what a new one begins with, and what runs tell of each step.
// What belongs to which type is what the server's checks of flows say (metadata/resolve/flowsteps.go, flowtrigger.go).
import type { Json } from '@/shared/api/graphql';
import { isDoc, type Doc } from './overlay';
import { fresh } from './places';
import { idsOf, lanesOf, walk, type Mark, type Shape, type State } from './shape';

export const stepTakes = {
  update: ['record', 'in', 'set'],
  create: ['object', 'set'],
  upsert: ['object', 'key', 'set'],
  delete: ['record', 'in'],
  query: ['object', 'match', 'where', 'sort', 'limit'],
  aggregate: ['object', 'match', 'where', 'figures'],
  condition: ['branches'],
  switch: ['value', 'branches'],
  loop: ['in', 'do', 'batch', 'parallel', 'onItemError'],
  parallel: ['branches'],
  wait: ['for', 'until', 'reactive', 'event', 'data', 'if', 'record'],
  set: ['set'],
  action: ['action', 'record', 'with'],
  approval: ['process', 'record', 'async'],
  task: ['record', 'task'],
  notify: ['message', 'to', 'in', 'record'],
  http: ['connection', 'with', 'request', 'idempotency', 'check'],
  send: ['connection', 'to', 'subject', 'body', 'with', 'idempotency'],
  flow: ['flow', 'record'],
  script: ['script', 'with', 'errors'],
  call: ['call', 'args', 'errors'],
  emit: ['event', 'record', 'with'],
  raise: ['error'],
  end: [],
} as const satisfies Record<string, readonly string[]>;

export type StepType = keyof typeof stepTakes;
export const stepTypes = Object.keys(stepTakes) as StepType[];

/** What usually matters of each type of trigger, first. */
export const triggerTakes = {
  record: ['object', 'on', 'changed', 'when', 'timing', 'order'],
  date: ['object', 'field', 'offset', 'at', 'when', 'zone', 'catchUpWindow'],
  schedule: ['cron', 'zone', 'overlap', 'catchUp', 'catchUpMax', 'catchUpWindow', 'jitter', 'pauseAfterFailures'],
  button: ['object', 'permission', 'when'],
  approval: ['object', 'process', 'on', 'when'],
  event: ['event', 'data', 'object', 'when'],
  webhook: ['hook', 'data', 'respond', 'when'],
  flow: ['object', 'when'],
} as const satisfies Record<string, readonly string[]>;

export type TriggerType = keyof typeof triggerTakes;
export const triggerTypes = Object.keys(triggerTakes) as TriggerType[];

/** What may happen that starts a run. */
export const happenings: Record<string, string[]> = {
  record: ['create', 'update', 'delete'],
  approval: ['submitted', 'node_entered', 'node_decided', 'returned', 'withdrawn', 'completed'],
};

const common = ['id', 'label', 'when', 'retry', 'onError'];
const held = ['branches', 'do', 'recover', 'compensate', 'type']; // which the canvas shows, not the form
const everySetting = [...new Set([...Object.values(stepTakes).flat(), ...held])] as string[];
const everyTrigger = [...new Set(Object.values(triggerTakes).flat())] as string[];

/** hiddenOf are the settings that a step has no use for; what is set all the same is shown, since it is a finding. */
export const hiddenOf = (step: Doc): string[] => {
  const takes: readonly string[] = [...common, ...(stepTakes[step.type as StepType] ?? [])];
  return everySetting.filter((k) => held.includes(k) || (!takes.includes(k) && step[k] === undefined));
};

export const firstOf = (step: Doc): string[] => ['id', 'label', ...(stepTakes[step.type as StepType] ?? []).filter((k) => !held.includes(k)), 'when'];

export const hiddenOfTrigger = (trigger: Doc): string[] => {
  const takes: readonly string[] = triggerTakes[trigger.type as TriggerType] ?? [];
  return everyTrigger.filter((k) => !takes.includes(k) && trigger[k] === undefined);
};

const one = (v: Json | undefined): string => (typeof v === 'string' ? v : '');
const keys = (v: Json | undefined): string => (isDoc(v) ? Object.keys(v).join(', ') : '');

/** says is what a step does, in a line. */
function says(step: Doc): string {
  switch (step.type as StepType) {
    case 'set':
      return keys(step.set);
    case 'create':
    case 'upsert':
      return [one(step.object), keys(step.set)].filter(Boolean).join(': ');
    case 'update':
      return [one(step.in) || one(step.record), keys(step.set)].filter(Boolean).join(': ');
    case 'query':
      return [one(step.object), one(step.where) || keys(step.match)].filter(Boolean).join(': ');
    case 'aggregate':
      return [one(step.object), keys(step.figures)].filter(Boolean).join(': ');
    case 'wait':
      return one(step.event) || one(step.until) || one(step.for);
    case 'notify':
    case 'send':
      return [one(step.message) || one(step.connection), one(step.to) || one(step.in)].filter(Boolean).join(': ');
    default:
      return ['action', 'process', 'flow', 'script', 'call', 'event', 'connection', 'error', 'value', 'in', 'record'].map((k) => one(step[k])).find(Boolean) ?? one(step.when);
  }
}

export const flowShape: Shape = {
  kind: 'type',
  kinds: stepTypes,
  text: (kind) => `flow.kind.${kind}`,
  inner: 'steps',
  branching: (type) => type === 'condition' || type === 'switch' || type === 'parallel',
  lists: ['do', 'recover', 'compensate'],
  says,
};

/** newStep is a step of a type under a name that is not taken. */
export function newStep(type: StepType, taken: string[]): Doc {
  const id = fresh(type, taken);
  switch (type) {
    case 'condition':
      return { id, type, branches: [{ id: 'if', when: '', steps: [] }, { id: 'otherwise', steps: [] }] };
    case 'switch':
      return { id, type, value: '', branches: [{ id: 'first', is: [], steps: [] }, { id: 'otherwise', steps: [] }] };
    case 'parallel':
      return { id, type, branches: [{ id: 'first', steps: [] }, { id: 'second', steps: [] }] };
    case 'loop':
      return { id, type, in: '', do: [] };
    case 'wait':
      return { id, type, for: 'P1D' };
    case 'set':
    case 'update':
      return { id, type, set: {} };
    case 'create':
      return { id, type, object: '', set: {} };
    case 'upsert':
      return { id, type, object: '', key: [], set: {} };
    case 'aggregate':
      return { id, type, object: '', figures: {} };
    case 'query':
      return { id, type, object: '', limit: 100 };
    case 'task':
      return { id, type, task: { participants: [] } };
    default:
      return { id, type };
  }
}

/** newBranch is one more way through a step, before the one for all other cases. */
export function newBranch(step: Doc): { branch: Doc; at: number } {
  const branches = (Array.isArray(step.branches) ? step.branches : []).filter(isDoc);
  const id = fresh('branch', branches.map((b) => one(b.id)));
  if (step.type === 'parallel') return { branch: { id, steps: [] }, at: branches.length };
  const rest = branches.findIndex((b) => !b.when && !(Array.isArray(b.is) && b.is.length));
  return { branch: step.type === 'switch' ? { id, is: [], steps: [] } : { id, when: '', steps: [] }, at: rest >= 0 ? rest : branches.length };
}

/** newFlow is a flow with a trigger and no step. */
export function newFlow(key: string, label: Json, type: TriggerType, object: string | undefined): Doc {
  const trigger: Doc = { type, ...(object && { object }) };
  if (type === 'record') trigger.on = ['create', 'update'];
  if (type === 'approval') trigger.on = ['completed'];
  if (type === 'schedule') trigger.cron = '0 9 * * 1-5';
  return { key, label, trigger, steps: [] };
}

export interface Entry {
  seq: number;
  at: string;
  verb: string;
  step: string | null;
  branch: string | null;
  out: Json;
  code: string | null;
  message: string | null;
}

const states: Record<string, State> = { succeeded: 'yes', recovered: 'yes', skipped: 'no', failed: 'failed', waiting: 'waiting' };

/** marksOf says of every step and lane whether a run got there, by the names of steps in its trace. The keys are paths joined by points. */
export function marksOf(steps: Json | undefined, trace: Entry[]): Record<string, Mark> {
  const out: Record<string, Mark> = {};
  const of = new Map<string, Entry[]>();
  for (const e of trace) if (e.step && !e.verb.startsWith('run.')) of.set(e.step, [...(of.get(e.step) ?? []), e]);
  const inside = (list: Json | undefined) => idsOf(flowShape, list).some((id) => of.has(id));
  walk(flowShape, steps, [], (n, path) => {
    const told = of.get(one(n.id)) ?? [];
    let state: State = 'no';
    for (const e of told) state = e.verb.startsWith('branch.') ? 'yes' : (states[e.verb.slice('step.'.length)] ?? state);
    const times = Math.max(...['step.succeeded', 'branch.taken'].map((verb) => told.filter((e) => e.verb === verb).length));
    out[path.join('.')] = { state, ...(times > 1 && { note: `× ${times}` }) };
    for (const lane of lanesOf(flowShape, n, path)) {
      const taken = told.some((e) => e.verb === 'branch.taken' && e.branch === lane.name);
      const list = lane.branch ? lane.branch.steps : n[lane.name];
      out[lane.path.join('.')] = { state: taken || inside(list) || (n.type === 'parallel' && lane.branch && told.length > 0) ? 'yes' : 'no' };
    }
  });
  return out;
}
