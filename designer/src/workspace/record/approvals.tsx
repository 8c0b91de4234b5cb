// The approvals of a record, and submitting it to one.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { useText } from '@/shared/meta/load';
import type { ObjectMeta } from '@/shared/meta/types';
import { useMe } from '@/app/session';
import { approvalsOf, submit } from '../approval/api';
import { Decide } from '../approval/decide';
import { Progress, Status } from '../approval/progress';

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
        {meta.processes?.map((p) => (
          <Button key={p.key} loading={send.isPending} onClick={() => send.mutate(p.key)}>
            {t('approval.submit', { process: text(p.label) })}
          </Button>
        ))}
      </div>
      {list.data?.length === 0 && <Empty description={t('approval.noneHere')} />}
      {list.data?.map((a) => {
        const mine = a.tasks.find((x) => x.status === 'open' && x.assignee !== null && x.assignee === me?.user);
        return (
          <section key={a.id} className="card section">
            <h2>
              {text(meta.processes?.find((p) => p.key === a.process)?.label) || a.process} <Status status={a.status} />
            </h2>
            <Progress instance={a} />
            {mine && <Decide task={mine} hash={a.formHash} onDone={changed} />}
          </section>
        );
      })}
    </div>
  );
}
