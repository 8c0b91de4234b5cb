// Every revision: who published what, and going back to one.
import { useMutation, useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { Alert, Button, Modal } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useIndex } from '@/shared/meta/load';
import { instant } from '@/shared/meta/format';
import { PageTitle } from '@/shared/ui/page';
import { admin, type Entry, type Plan } from '../setup/api';
import { useDraft } from '../setup/draft';
import { Review, useApply } from '.';
import { PlanView } from './plan';

export const Route = createLazyRoute('/_shell/setup/history')({ component: History });

interface Revision {
  number: number;
  at: string;
  author: string;
  message: string;
  status: string;
  active: boolean;
  entries: Entry[];
}

function History() {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  const d = useDraft();
  const [open, setOpen] = useState<number>();
  const { data, error } = useQuery({ queryKey: ['setup', 'history'], queryFn: ({ signal }) => admin<{ history: Revision[] }>('{ history { number at author message status active entries } }', undefined, signal).then((x) => x.history) });
  const back = useMutation({ mutationFn: (revision: number) => admin<{ planRollback: Plan }>('mutation($r: Int!) { planRollback(revision: $r) }', { r: revision }).then((x) => x.planRollback) });
  const apply = useApply(async () => {
    back.reset();
    await d.reload();
  });
  return (
    <div className="page">
      <PageTitle>{t('setup.page.history')}</PageTitle>
      {error && <Alert type="error" title={error.message} />}
      {back.error && <Alert type="error" showIcon title={back.error.message} />}
      <ol className="timeline history">
        {data?.map((r) => (
          <li key={r.number}>
            <div className="bar">
              <strong>{t('revision.revision', { number: r.number })}</strong> {r.active && <span className="lock">{t('revision.active')}</span>} {r.status !== 'active' && <span className="lock">{r.status}</span>}
              <span className="quiet">
                {instant(r.at, i18n.language, zone)} · {r.author}
              </span>
              <span className="grow" />
              <Button size="small" aria-expanded={open === r.number} onClick={() => setOpen(open === r.number ? undefined : r.number)}>
                {t('revision.changes', { count: r.entries?.length ?? 0 })}
              </Button>
              {!r.active && r.status === 'active' && (
                <Button size="small" loading={back.isPending && back.variables === r.number} onClick={() => back.mutate(r.number)}>
                  {t('revision.back')}
                </Button>
              )}
            </div>
            {r.message && <p>{r.message}</p>}
            {open === r.number && <PlanView plan={{ base: r.number, digest: '', entries: r.entries ?? [] }} />}
          </li>
        ))}
      </ol>
      {back.data && (
        <Modal open width={760} title={t('revision.backTo', { number: back.variables })} footer={null} onCancel={() => back.reset()}>
          <Review plan={back.data} applying={apply} onApply={(message, destructive) => apply.mutate({ plan: back.data, message, destructive })} />
        </Modal>
      )}
    </div>
  );
}
