// Publishing: what the draft would change, counted on the real data, then its application.
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { Alert, Button, Input, Popconfirm, Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '@/shared/api/http';
import { Labelled } from '@/shared/ui/labelled';
import { PageTitle } from '@/shared/ui/page';
import { tenant } from '../model/files';
import { admin, type Plan } from '../setup/api';
import { useDraft } from '../setup/draft';
import { PlanView, type OnRuns } from './plan';

export const Route = createLazyRoute('/_shell/setup/publish')({ component: Publish });

function Publish() {
  const { t } = useTranslation();
  const d = useDraft();
  const [done, setDone] = useState<number>();
  const [runs, setRuns] = useState<Record<string, string>>();
  const files = d.all[tenant] ?? {};
  const count = Object.keys(d.changes).length;
  const plan = useQuery<Plan>({
    queryKey: ['plan', d.revision, d.changes, runs],
    placeholderData: runs ? keepPreviousData : undefined, // who has chosen what becomes of runs goes on reading
    enabled: count > 0,
    gcTime: 0,
    staleTime: 0,
    retry: false,
    queryFn: ({ signal }) => admin<{ plan: Plan }>('mutation($p: Packages, $runs: JSON) { plan(packages: $p, runs: $runs) }', { p: { [tenant]: files }, runs }, signal).then((x) => x.plan),
  });
  const apply = useApply(async (revision) => {
    setDone(revision);
    setRuns(undefined);
    await d.discard();
    await d.reload();
  });
  return (
    <div className="page">
      <div className="bar">
        <PageTitle>{t('setup.page.publish')}</PageTitle>
        <span className="grow" />
        {count > 0 && (
          <Popconfirm title={t('publish.discardAsk')} okText={t('publish.discard')} cancelText={t('form.cancel')} onConfirm={() => void d.discard()}>
            <Button danger>{t('publish.discard')}</Button>
          </Popconfirm>
        )}
      </div>
      {done !== undefined && <Alert type="success" showIcon title={t('publish.done', { revision: done })} />}
      {count === 0 && done === undefined && <p className="quiet">{t('publish.how')}</p>}
      {count > 0 && d.base !== d.revision && <Alert type="warning" showIcon title={t('publish.moved', { from: d.base, to: d.revision })} />}
      {plan.isFetching && <p role="status">{t('publish.planning')}</p>}
      {plan.error && <Alert type="error" showIcon title={plan.error.message} />}
      {plan.data && count > 0 && (
        <Review plan={plan.data} planning={plan.isPlaceholderData} applying={apply} onRuns={(flow, how) => setRuns({ ...runs, [flow]: how })} onApply={(message, destructive) => apply.mutate({ plan: plan.data, packages: { [tenant]: files }, message, destructive })}>
          <FileList changes={d.changes} />
        </Review>
      )}
    </div>
  );
}

export interface Application {
  plan: Plan;
  packages?: Record<string, Record<string, string>>;
  message: string;
  destructive: boolean;
  demo?: boolean; // with the demo data of new packages
}

export const useApply = (then: (revision: number) => Promise<void>) =>
  useMutation({
    mutationFn: (a: Application) =>
      admin<{ apply: { number: number } }>('mutation($plan: JSON!, $p: Packages, $d: Boolean, $m: String, $demo: Boolean) { apply(plan: $plan, packages: $p, allowDestructive: $d, message: $m, demo: $demo) { number } }', { plan: a.plan, p: a.packages, d: a.destructive, m: a.message, demo: a.demo ?? false }),
    onSuccess: (r) => then(r.apply.number),
  });

/** Review shows a plan, and lets one apply it who has read what would be lost. */
export function Review({ plan, planning, applying, onRuns, onApply, children }: { plan: Plan; planning?: boolean; applying: ReturnType<typeof useApply>; onRuns?: OnRuns; onApply: (message: string, destructive: boolean) => void; children?: React.ReactNode }) {
  const { t } = useTranslation();
  const [message, setMessage] = useState('');
  const [typed, setTyped] = useState('');
  const errors = (plan.findings ?? []).some((f) => f.severity === 'error');
  const blocked = plan.entries.some((e) => e.blocking && (e.count ?? 0) > 0);
  const lost = plan.entries.filter((e) => e.class === 'destructive').length;
  const word = t('publish.word');
  return (
    <>
      <PlanView plan={plan} onRuns={onRuns} />
      {children}
      {!errors && (
        <section className="card" aria-labelledby="apply-title">
          <h2 id="apply-title">{t('publish.apply')}</h2>
          {blocked && <Alert type="error" showIcon title={t('publish.blocked')} />}
          <div className="schema-form">
            <Labelled label={t('publish.message')}>{(input) => <Input {...input} value={message} maxLength={500} onChange={(e) => setMessage(e.target.value)} />}</Labelled>
            {lost > 0 && (
              <Labelled label={t('publish.confirm', { count: lost, word })} required>
                {(input) => <Input {...input} value={typed} onChange={(e) => setTyped(e.target.value)} />}
              </Labelled>
            )}
          </div>
          <div className="form-bar">
            <Button type="primary" danger={lost > 0} loading={applying.isPending} disabled={planning || blocked || (lost > 0 && typed !== word)} onClick={() => onApply(message, lost > 0)}>
              {t('publish.apply')}
            </Button>
          </div>
          {applying.isPending && <ApplyProgress />}
          {applying.error && <Alert type="error" showIcon title={applying.error instanceof ApiError ? applying.error.message : String(applying.error)} />}
        </section>
      )}
    </>
  );
}

function ApplyProgress() {
  const { t } = useTranslation();
  const { data } = useQuery({ queryKey: ['progress'], refetchInterval: 500, gcTime: 0, queryFn: ({ signal }) => admin<{ progress: { stage: string; done: number; total: number } | null }>('{ progress { stage done total } }', undefined, signal) });
  const p = data?.progress;
  if (!p) return null;
  return <Progress aria-label={t('publish.apply')} percent={p.total ? Math.round((p.done / p.total) * 100) : 0} format={() => t('publish.stage', { stage: p.stage })} />;
}

function FileList({ changes }: { changes: Record<string, string | null> }) {
  const { t } = useTranslation();
  return (
    <details className="card section">
      <summary>{t('publish.files', { count: Object.keys(changes).length })}</summary>
      <ul className="links mono">
        {Object.entries(changes).map(([path, text]) => (
          <li key={path}>
            {text === null ? '-' : '~'} {path}
          </li>
        ))}
      </ul>
    </details>
  );
}
