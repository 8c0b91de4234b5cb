// The approvals of a record, and submitting it to one.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { useText } from '@/shared/meta/load';
import type { ObjectMeta } from '@/shared/meta/types';
import { useMe } from '@/app/session';
import { approvalsOf, isClaimable, isPending, submit } from '../approval/api';
import { Decide, Submitter } from '../approval/decide';
import { Progress } from '../approval/progress';
import { Status } from '../approval/status';
import '../approval/texts';

export function Approvals({ meta, id, onChange }: { meta: ObjectMeta; id: string; onChange: () => void }) {
  const { t } = useTranslation();
  const text = useText();
  const me = useMe();
  const client = useQueryClient();
  const list = useQuery({ queryKey: ['approvals', id], queryFn: ({ signal }) => approvalsOf(id, signal) });
  const changed = () => {
    void client.invalidateQueries({ queryKey: ['approvals', id] });
    onChange();
  };
  const send = useMutation({ mutationFn: (process: string) => submit(process, id), onSuccess: changed });
  const error = list.error ?? send.error;
  return (
    <div>
      {error && <Alert type="error" showIcon title={error.message} />}
      <div className="bar">
        {meta.processes?.filter((p) => list.data && !list.data.some((a) => a.process === p.key && going.has(a.status))).map((p) => (
          <Button key={p.key} loading={send.isPending} onClick={() => send.mutate(p.key)}>
            {t('approval.submit', { process: text(p.label) })}
          </Button>
        ))}
      </div>
      {list.data?.length === 0 && <Empty description={t('approval.noneHere')} />}
      {list.data?.map((a) => {
        const mine = me?.user ? a.tasks.filter((x) => (isPending(x) && x.assignee === me.user) || (isClaimable(x) && x.pool.includes(me.user!))) : [];
        return (
          <section key={a.id} className="card section">
            <h2>
              {text(meta.processes?.find((p) => p.key === a.process)?.label) || a.process} <Status status={a.status} />
            </h2>
            <Progress instance={a} />
            {mine.map((x) => (
              <Decide key={x.id} task={x} instance={a} onDone={changed} />
            ))}
            {a.status === 'running' && mine.length === 0 && a.submitter !== null && a.submitter === me?.user && <Submitter instance={a} verbs={['urge', 'withdraw']} onDone={changed} />}
          </section>
        );
      })}
    </div>
  );
}

/** In these an approval still goes on: the record is not submitted to it again. */
const going = new Set(['running', 'returned', 'suspended', 'error']);
