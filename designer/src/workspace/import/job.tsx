// One import: its columns are assigned, it is tried, carried out, and taken back.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createLazyRoute, Link, useNavigate, useParams } from '@tanstack/react-router';
import { Alert, Button, Popconfirm, Progress } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failed, Loading } from '@/app/states';
import { number } from '@/shared/meta/format';
import { entryOf, useIndex, useText } from '@/shared/meta/load';
import { ButtonLink } from '@/shared/ui/link';
import { PageTitle } from '@/shared/ui/page';
import { configure, one, remove, tell } from './api';
import { FileFormat, Options } from './options';
import { Findings } from './findings';
import { Mapping } from './mapping';
import { mayCancel, mayGoOn, mayMap, mayUndo, percent, problemsOf, works, type Format, type Job, type Settings } from './model';
import './texts';
import './import.css';

export const Route = createLazyRoute('/_shell/imports/$job')({ component: Page });

const pause = 500; // milliseconds between two looks at an import that is under way

function Page() {
  const { job: id } = useParams({ strict: false }) as { job: string };
  const { data, error, refetch } = useQuery({ queryKey: ['import', id], queryFn: ({ signal }) => one(id, signal), staleTime: 0, retry: false, refetchInterval: (q) => (q.state.data && works(q.state.data) ? pause : false) });
  if (error && !data) return <Failed error={error} reset={() => void refetch()} />;
  return data ? <Import key={id} job={data} /> : <Loading />;
}

interface Wanted {
  command: 'check' | 'run' | 'cancel' | 'undo' | 'format';
  format?: Format;
}

function Import({ job }: { job: Job }) {
  const { t, i18n } = useTranslation();
  const text = useText();
  const index = useIndex();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [edited, setEdited] = useState<{ map: Settings; atomic: boolean }>();
  const now = edited ?? { map: job.map ?? { mode: 'create', columns: [] }, atomic: job.atomic };
  const act = useMutation({
    mutationFn: async ({ command, format }: Wanted) => {
      if (command === 'format') return configure(job.id, { format });
      if (edited && mayMap(job)) await configure(job.id, edited);
      return tell(job.id, command);
    },
    onSuccess: (next) => {
      setEdited(undefined);
      client.setQueryData(['import', job.id], next);
    },
  });
  const drop = useMutation({
    mutationFn: () => remove(job.id),
    onSuccess: async () => {
      client.removeQueries({ queryKey: ['import', job.id] });
      await navigate({ to: '/imports' });
    },
  });
  const entry = entryOf(index, job.object);
  const mapped = mayMap(job);
  const problems = problemsOf(act.error, now.map, i18n.language);
  const run = (command: Wanted['command']) => act.mutate({ command });
  return (
    <div className="page import-page">
      <p className="crumb">
        <Link to="/imports">{t('import.back')}</Link>
      </p>
      <div className="bar">
        <PageTitle>{t('import.into', { file: job.name || job.id, object: text(entry?.pluralLabel) || job.object })}</PageTitle>
        <span className="quiet" role="status">
          {t(`import.status.${job.status}`)}
        </span>
        <span className="grow" />
        {!works(job) && (
          <Popconfirm title={t('import.deleteAsk')} okText={t('import.delete')} cancelText={t('form.cancel')} onConfirm={() => drop.mutate()}>
            <Button danger>{t('import.delete')}</Button>
          </Popconfirm>
        )}
      </div>
      {(problems[''] ?? drop.error?.message) && <Alert className="section" type="error" showIcon title={problems[''] ?? drop.error?.message} />}
      {job.error && <Alert className="section" type="error" showIcon title={text(job.error.message)} />}
      {works(job) && <Work job={job} onCancel={() => run('cancel')} canceling={act.isPending} />}
      {!works(job) && job.status !== 'ready' && !edited && <Result job={job} act={run} busy={act.isPending} />}
      {mapped && (
        <>
          <Mapping job={job} settings={now.map} onChange={(map) => setEdited({ ...now, map })} problems={problems} />
          <Options settings={now.map} atomic={now.atomic} object={job.object} problems={problems} onChange={(map, atomic) => setEdited({ map, atomic })} />
          <FileFormat job={job} busy={act.isPending} onRead={(format) => act.mutate({ command: 'format', format })} />
          <div className="form-bar">
            <Button type={job.status === 'checked' && !edited ? 'default' : 'primary'} loading={act.isPending} onClick={() => run('check')}>
              {t('import.check')}
            </Button>
            <Popconfirm title={job.total > 0 ? t('import.runAsk', { count: job.total }) : t('import.runAskAll')} okText={t('import.run')} cancelText={t('form.cancel')} onConfirm={() => run('run')}>
              <Button type={job.status === 'checked' && !edited ? 'primary' : 'default'} disabled={act.isPending}>
                {t('import.run')}
              </Button>
            </Popconfirm>
            {edited && <span className="quiet import-note">{t('import.changed')}</span>}
          </div>
        </>
      )}
    </div>
  );
}

function Work({ job, onCancel, canceling }: { job: Job; onCancel: () => void; canceling: boolean }) {
  const { t, i18n } = useTranslation();
  const n = (v: number) => number(v, i18n.language);
  const part = percent(job);
  const back = job.status === 'undoing' || job.status === 'reverting';
  return (
    <section className="card section" aria-label={t(`import.status.${job.status}`)}>
      <Progress aria-label={t(`import.status.${job.status}`)} percent={part ?? 0} status="active" showInfo={part !== undefined} />
      <div className="bar">
        <span>{back ? t('import.progressOf', { done: n(job.undone + job.refused) }) : job.total > 0 ? t('import.progress', { done: n(job.done), total: n(job.total) }) : t('import.progressOf', { done: n(job.done) })}</span>
        <span className="grow" />
        {mayCancel(job) && (
          <Button loading={canceling} onClick={onCancel}>
            {t('import.cancel')}
          </Button>
        )}
      </div>
    </section>
  );
}

const counts = ['done', 'created', 'updated', 'unchanged', 'failed', 'warned', 'undone', 'refused'] as const;
const always = new Set<string>(['done', 'created', 'failed']);

function Result({ job, act, busy }: { job: Job; act: (c: Wanted['command']) => void; busy: boolean }) {
  const { t, i18n } = useTranslation();
  const tried = job.status === 'checked';
  return (
    <>
      <section className="card section" aria-labelledby="import-result">
        <h2 id="import-result">{t(tried ? 'import.resultOfCheck' : 'import.result')}</h2>
        <dl className="highlights">
          {counts
            .filter((c) => always.has(c) || job[c] > 0)
            .map((c) => (
              <div key={c}>
                <dt>{t(`import.count.${c}`)}</dt>
                <dd className={c === 'failed' && job.failed > 0 ? 'import-count bad' : 'import-count'}>{number(job[c], i18n.language)}</dd>
              </div>
            ))}
        </dl>
        {tried && <p>{job.failed === 0 ? t('import.allWell') : t(job.atomic ? 'import.noneWritten' : 'import.leftOut')}</p>}
        {!mayMap(job) && (
          <div className="bar">
            <ButtonLink type="primary" to="/o/$object" params={{ object: job.object }}>
              {t('import.open')}
            </ButtonLink>
            <ButtonLink to="/imports" search={{ object: job.object }}>
              {t('import.another')}
            </ButtonLink>
            {mayGoOn(job) && (
              <Button disabled={busy} onClick={() => act('run')}>
                {t('import.goOn')}
              </Button>
            )}
            {mayUndo(job) && (
              <Popconfirm title={t('import.undoAsk')} okText={t('import.undo')} cancelText={t('form.cancel')} onConfirm={() => act('undo')}>
                <Button danger disabled={busy}>
                  {t('import.undo')}
                </Button>
              </Popconfirm>
            )}
          </div>
        )}
      </section>
      {job.findings > 0 && <Findings key={`${job.status}${job.findings}`} job={job} />}
    </>
  );
}
