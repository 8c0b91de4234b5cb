import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalogue } from '@/designer/catalogue';
import { firstOf, flowShape, hiddenOf, hiddenOfTrigger, marksOf, newBranch, newFlow, newStep, stepTakes, stepTypes, triggerTakes, triggerTypes, type Entry } from '@/designer/model/automation';
import { approvalShape } from '@/designer/model/flow';
import { pathAt } from '@/designer/model/locate';
import { idsOf, lanesOf, walk } from '@/designer/model/shape';
import type { Doc } from '@/designer/model/overlay';

const steps: Doc[] = [
  { id: 'find', type: 'query', object: 'order', recover: [{ id: 'tell', type: 'emit', event: 'x' }] },
  { id: 'each', type: 'loop', in: 'find', do: [{ id: 'up', type: 'update', set: { a: '1' } }] },
  { id: 'way', type: 'condition', branches: [{ id: 'yes', when: 'a > 1', steps: [{ id: 'wait', type: 'wait', for: 'P1D' }] }, { id: 'no', steps: [{ id: 'stop', type: 'end' }] }] },
];

describe('trees of steps', () => {
  it('have lanes: branches, and lists of their own', () => {
    expect(lanesOf(flowShape, steps[2]!, [2]).map((l) => l.list.join('.'))).toEqual(['2.branches.0.steps', '2.branches.1.steps']);
    expect(lanesOf(flowShape, steps[0]!, [0]).map((l) => l.list.join('.'))).toEqual(['0.recover']);
    expect(lanesOf(approvalShape, { kind: 'condition', branches: [{ id: 'a', flow: [] }] }, [4]).map((l) => l.list.join('.'))).toEqual(['4.branches.0.flow']);
  });
  it('are walked with all that is inside', () => {
    expect(idsOf(flowShape, steps)).toEqual(['find', 'tell', 'each', 'up', 'way', 'wait', 'stop']);
    const paths: string[] = [];
    walk(flowShape, steps, [], (_, p) => paths.push(p.join('.')));
    expect(paths).toContain('2.branches.1.steps.0');
  });
});

describe('an automation', () => {
  it('begins with what its trigger needs', () => {
    for (const type of triggerTypes) {
      const flow = newFlow('x', 'X', type, 'order');
      expect(flow).toMatchObject({ key: 'x', trigger: { type, object: 'order' }, steps: [] });
    }
  });
  it('gives each new step a name that is free', () => {
    for (const type of stepTypes) expect(newStep(type, [type])).toMatchObject({ id: `${type}_2`, type });
  });
  it('puts new branches before the one for all other cases', () => {
    expect(newBranch(steps[2]!)).toEqual({ at: 1, branch: { id: 'branch', when: '', steps: [] } });
    expect(newBranch({ type: 'parallel', branches: [{ id: 'a' }] })).toEqual({ at: 1, branch: { id: 'branch', steps: [] } });
    expect(newBranch({ type: 'switch', branches: [{ id: 'a', is: ["'x'"] }] })).toMatchObject({ at: 1, branch: { is: [] } });
  });
  it('shows of a step what its type takes, and what is set all the same', () => {
    for (const type of stepTypes) for (const k of stepTakes[type]) if (k !== 'branches' && k !== 'do') expect(hiddenOf({ id: 'x', type }), `${type}.${k}`).not.toContain(k);
    expect(hiddenOf({ id: 'x', type: 'wait' })).toContain('set');
    expect(hiddenOf({ id: 'x', type: 'wait', set: {} })).not.toContain('set');
    expect(firstOf({ type: 'send' })).toEqual(['id', 'label', 'connection', 'to', 'subject', 'body', 'with', 'idempotency', 'when']);
    expect(firstOf({ type: 'loop' })).toEqual(['id', 'label', 'in', 'batch', 'parallel', 'onItemError', 'when']);
    expect(hiddenOf({ id: 'x', type: 'loop' })).toContain('do');
    expect(hiddenOfTrigger({ type: 'schedule' })).toContain('object');
    expect(hiddenOfTrigger({ type: 'record' })).toContain('cron');
  });
});

/** tableOf reads what a table of the server's checks says: settings by type. */
function tableOf(file: string, name: string): Record<string, string[]> {
  const source = readFileSync(`../metadata/resolve/${file}`, 'utf8');
  const text = new RegExp(`^var ${name} = map\\[string\\]string\\{([^}]*)\\}`, 'm').exec(source)?.[1] ?? '';
  return Object.fromEntries([...text.matchAll(/"(\w+)":\s*"([^"]*)"/g)].map((m) => [m[1]!, m[2]!.split(' ').filter(Boolean)]));
}

describe('what the server knows of automations', () => {
  it('is known of steps: all types, and what each takes', () => {
    const server = tableOf('flowsteps.go', 'stepTakes');
    expect(server.upsert).toContain('key');
    const sorted = (table: Record<string, readonly string[]>) => Object.fromEntries(Object.entries(table).map(([type, keys]) => [type, [...keys].sort()]));
    expect(sorted(stepTakes)).toEqual(sorted(server));
  });
  it('is known of triggers: all types, and what each takes besides an object and a condition', () => {
    const server = tableOf('flowtrigger.go', 'triggerTakes');
    expect(server.schedule).toContain('cron');
    expect([...triggerTypes].sort()).toEqual(Object.keys(server).sort());
    for (const type of triggerTypes) expect(triggerTakes[type].filter((k) => k !== 'object' && k !== 'when').sort(), type).toEqual([...server[type]!].sort());
  });
  it('has a text of its own', () => {
    for (const type of stepTypes) expect(Object.keys(catalogue), type).toContain(`flow.kind.${type}`);
    for (const type of triggerTypes) expect(Object.keys(catalogue), type).toContain(`flow.on.${type}`);
  });
});

const line = (verb: string, step: string | null, more: Partial<Entry> = {}): Entry => ({ seq: 1, at: '', verb, step, branch: null, out: null, code: null, message: null, ...more });

describe('the trace of a run', () => {
  it('marks the steps and lanes where the run came by', () => {
    const marks = marksOf(steps, [line('run.started', null), line('step.succeeded', 'find'), line('step.succeeded', 'up'), line('step.succeeded', 'up'), line('step.succeeded', 'each'), line('branch.taken', 'way', { branch: 'yes' }), line('step.waiting', 'wait'), line('run.failed', 'stop')]);
    expect(marks['0']).toEqual({ state: 'yes' });
    expect(marks['0.recover']).toEqual({ state: 'no' });
    expect(marks['1.do.0']).toEqual({ state: 'yes', note: '× 2' });
    expect(marks['1.do']).toEqual({ state: 'yes' });
    expect(marks['2.branches.0']).toEqual({ state: 'yes' });
    expect(marks['2.branches.1']).toEqual({ state: 'no' });
    expect(marks['2.branches.0.steps.0']).toEqual({ state: 'waiting' });
    expect(marks['2.branches.1.steps.0']).toEqual({ state: 'no' });
  });
  it('tells of steps that failed, and of those that were tried again', () => {
    expect(marksOf(steps, [line('step.failed', 'find')])['0']).toEqual({ state: 'failed' });
    expect(marksOf(steps, [line('step.failed', 'find'), line('step.succeeded', 'find')])['0']).toEqual({ state: 'yes' });
    expect(marksOf(steps, [line('step.skipped', 'find')])['0']).toEqual({ state: 'no' });
  });
});

describe('the place of a finding', () => {
  const text = '{\n  "label": "经销商",\n  "steps": [\n    {"id": "a", "when": "x > 1"},\n    {"id": "b\\"", "set": {"n": 5, "t": true}}\n  ]\n}\n';
  const at = (find: string, shift = 0) => {
    const before = text.slice(0, text.indexOf(find) + shift);
    return pathAt(text, before.split('\n').length, new TextEncoder().encode(before.split('\n').at(-1)).length + 1);
  };
  it('is the innermost value', () => {
    expect(at('"x > 1"')).toEqual(['steps', 0, 'when']);
    expect(at('true')).toEqual(['steps', 1, 'set', 't']);
    expect(at('5')).toEqual(['steps', 1, 'set', 'n']);
    expect(at('"id": "b', 1)).toEqual(['steps', 1, 'id']);
    expect(at('{"id": "a"')).toEqual(['steps', 0]);
    expect(at('销')).toEqual(['label']);
  });
  it('is unknown in what is no document', () => {
    expect(pathAt('{"a": ', 9, 1)).toBeUndefined();
    expect(pathAt('{"a', 1, 2)).toBeUndefined();
  });
});
