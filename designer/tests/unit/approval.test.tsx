import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { indexQuery } from '@/shared/meta/load';
import type { Field, Index } from '@/shared/meta/types';
import type { Instance, Step, Task } from '@/workspace/approval/api';
import { Decide } from '@/workspace/approval/decide';
import { didOf } from '@/workspace/approval/progress';

const task: Task = { id: 'apv_1:1', instance: 'apv_1', instanceStatus: 'running', process: 'p', recordId: 'deal_1', title: 'D', processName: null, node: 'n', nodeName: 'Manager', kind: null, status: 'pending', assignee: 'user_1', pool: [], created: '', due: null, decision: null, decidedBy: null, decidedAt: null, reason: null };
const margin: Field = { name: 'margin', api: 'margin', kind: 'decimal', label: { en: 'Margin' } };
const instance: Instance = { id: 'apv_1', process: 'p', object: 'deal', recordId: 'deal_1', submitter: null, status: 'running', round: 1, revision: 1, formHash: 'h', admin: false, tasks: [task], form: { margin: '1', note: 'n' }, formFields: [margin], editable: ['margin'], required: [] };
const index = { zone: 'UTC', objects: [], apps: [], roles: {}, rights: [], processes: [], revision: 1 } as unknown as Index;

const asked: { query: string; variables: Record<string, unknown> }[] = [];
let answer: unknown;

beforeEach(() => {
  asked.length = 0;
  answer = { data: {} };
  vi.stubGlobal('fetch', async (_: string, init: RequestInit) => {
    asked.push(JSON.parse(String(init.body)));
    return new Response(JSON.stringify(answer));
  });
});
afterEach(() => vi.unstubAllGlobals());

function show(t: Task) {
  const client = new QueryClient();
  client.setQueryData(indexQuery().queryKey, index);
  const onDone = vi.fn();
  render(
    <QueryClientProvider client={client}>
      <Decide task={t} instance={instance} onDone={onDone} />
    </QueryClientProvider>,
  );
  return onDone;
}

describe('deciding', () => {
  it('approves with the comment, the changed fields and the form that was seen', async () => {
    const onDone = show(task);
    fireEvent.change(await screen.findByLabelText('Margin'), { target: { value: '2.5' } });
    fireEvent.change(screen.getByLabelText('Comment'), { target: { value: ' fine ' } });
    fireEvent.click(screen.getByRole('button', { name: 'Approve' }));
    await waitFor(() => expect(onDone).toHaveBeenCalled());
    expect(asked[0]!.variables).toEqual({ task: 'apv_1:1', comment: 'fine', data: { margin: '2.5' }, ifFormHash: 'h' });
  });
  it('says why it is refused, and stays open', async () => {
    answer = { errors: [{ message: 'a comment is needed', extensions: { code: 'COMMENT_REQUIRED' } }] };
    const onDone = show(task);
    fireEvent.click(screen.getByRole('button', { name: 'Reject' }));
    expect(await screen.findByRole('alert')).toHaveTextContent('a comment is needed');
    expect(onDone).not.toHaveBeenCalled();
  });
  it('offers who is asked an opinion an answer alone', () => {
    show({ ...task, kind: 'opinion' });
    expect(screen.getAllByRole('button').map((b) => b.textContent)).toEqual(['Approve', 'Reject']);
    expect(screen.queryByLabelText('Margin')).toBeNull();
  });
  it('offers taking a task out of a pool, submitting a returned one again, and nothing of what waits', () => {
    show({ ...task, status: 'claimable', assignee: null, pool: ['user_1'] });
    show({ ...task, kind: 'resubmit' });
    show({ ...task, status: 'suspended' });
    expect(screen.getAllByRole('button').map((b) => b.textContent)).toEqual(['Take this task', 'Submit again', 'Withdraw']);
  });
});

describe('the trail', () => {
  const step = (verb: string, of: string | null = null): Step => ({ seq: 1, task: of, at: '', verb, actor: null, node: null, comment: null, reason: null });
  it('tells what was decided, and not how the engine went on', () => {
    const at = { ...instance, tasks: [{ ...task, decision: 'returned' }] };
    expect(didOf(step('task.decided', task.id), at)).toBe('return');
    expect(didOf(step('task.decided', 'apv_1:9'), at)).toBe('decide');
    expect(didOf(step('instance.submitted'), at)).toBe('submit');
    for (const verb of ['node.entered', 'task.created', 'task.closed', 'record.locked']) expect(didOf(step(verb), at), verb).toBeUndefined();
  });
});
