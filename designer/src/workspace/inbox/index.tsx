// What waits for one's decision, and what one has decided.
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { Alert, App, Button, Checkbox, Empty, Segmented } from 'antd';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { instant } from '@/shared/meta/format';
import { useIndex, useText } from '@/shared/meta/load';
import { loadEdits } from '@/shared/ui/kit';
import { PageTitle } from '@/shared/ui/page';
import { decide, isClaimable, isPending, myTasks, type Task } from '../approval/api';
import { Named } from '../approval/person';
import { Status } from '../approval/status';
import '../approval/texts';

const TaskDetails = lazy(() => Promise.all([import('./details'), loadEdits()]).then(([m]) => m));

export const Route = createLazyRoute('/_shell/inbox')({ component: Inbox });

function Inbox() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { notification } = App.useApp();
  const [status, setStatus] = useState<'open' | 'done'>('open');
  const [chosen, setChosen] = useState<string[]>([]);
  const [shown, setShown] = useState<string>();
  const list = useInfiniteQuery({
    queryKey: ['tasks', status],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => myTasks(status, pageParam, signal),
    getNextPageParam: (last) => (last.hasNextPage ? last.endCursor : null),
  });
  const tasks = list.data?.pages.flatMap((p) => p.nodes) ?? [];
  const again = () => {
    setChosen([]);
    void client.invalidateQueries({ queryKey: ['tasks'] });
  };
  const batch = useMutation({
    mutationFn: async (ids: string[]) => {
      const failed: string[] = [];
      for (const id of ids) await decide(id, { verb: 'approve' }).catch((e: Error) => failed.push(e.message));
      return failed;
    },
    onSuccess: (failed, ids) => {
      if (failed.length) notification.error({ title: t('approval.batchFailed', { count: failed.length, of: ids.length }), description: failed[0], placement: 'bottomRight' });
      again();
    },
  });
  return (
    <div className="page inbox">
      <div className="bar">
        <PageTitle>{t('app.inbox')}</PageTitle>
        <span className="grow" />
        <Segmented
          aria-label={t('app.inbox')}
          value={status}
          options={[
            { value: 'open', label: t('approval.open') },
            { value: 'done', label: t('approval.done') },
          ]}
          onChange={(v) => {
            setStatus(v as 'open');
            setShown(undefined);
            setChosen([]);
          }}
        />
      </div>
      {list.error && <Alert type="error" showIcon title={list.error.message} />}
      {chosen.length > 0 && (
        <div className="bar" role="status">
          <span>{t('list.chosen', { count: chosen.length })}</span>
          <Button type="primary" loading={batch.isPending} onClick={() => batch.mutate(chosen)}>
            {t('approval.approveAll')}
          </Button>
        </div>
      )}
      {list.data && tasks.length === 0 && <Empty description={t(status === 'open' ? 'approval.none' : 'approval.noneDone')} />}
      <ul className="tasks">
        {tasks.map((task) => (
          <li key={task.id} className="card task">
            <TaskHead task={task} open={shown === task.id} onToggle={() => setShown(shown === task.id ? undefined : task.id)} chosen={status === 'open' && isPending(task) && task.kind !== 'resubmit' ? chosen.includes(task.id) : undefined} onChoose={(on) => setChosen(on ? [...chosen, task.id] : chosen.filter((c) => c !== task.id))} />
            {shown === task.id && (
              <Suspense>
                <TaskDetails
                  task={task}
                  onDone={() => {
                    setShown(undefined);
                    again();
                  }}
                />
              </Suspense>
            )}
          </li>
        ))}
      </ul>
      {list.hasNextPage && (
        <Button loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('app.more')}
        </Button>
      )}
    </div>
  );
}

function TaskHead({ task, open, onToggle, chosen, onChoose }: { task: Task; open: boolean; onToggle: () => void; chosen?: boolean; onChoose: (on: boolean) => void }) {
  const { t, i18n } = useTranslation();
  const text = useText();
  const index = useIndex();
  const process = index.processes.find((p) => p.key === task.process);
  const title = text(process?.label) || task.processName || task.process;
  return (
    <div className="task-head">
      {chosen !== undefined && <Checkbox checked={chosen} aria-labelledby={`choose-${task.id}`} onChange={(e) => onChoose(e.target.checked)} />}
      <button type="button" className="plain task-title" aria-expanded={open} onClick={onToggle}>
        <strong id={`choose-${task.id}`}>
          {task.title ?? <Named id={task.recordId} />}
        </strong>
        <span>
          {[title, task.nodeName, task.kind && t(`approval.kind.${task.kind}`)].filter(Boolean).join(' · ')}
        </span>
        <span className="quiet">
          {instant(task.created, i18n.language, index.zone)}
          {task.due && ` · ${t('approval.due', { at: instant(task.due, i18n.language, index.zone) })}`}
        </span>
      </button>
      {!isPending(task) && !isClaimable(task) && <Status status={task.instanceStatus} />}
    </div>
  );
}
