// Runs of an automation: what one would do with a record, and what those that there were have done.
import { useMutation, useQuery } from '@tanstack/react-query';
import { Alert, Button, Select } from 'antd';
import { useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, type Json } from '@/shared/api/graphql';
import { instant } from '@/shared/meta/format';
import { useIndex } from '@/shared/meta/load';
import type { Entry } from '../model/automation';
import { useDraft } from '../setup/draft';
import { RecordPick } from '../setup/record';
import { Operate } from './operate';
import { Versions } from './versions';

export interface Told {
  status: string;
  reason: string | null;
  run?: string;
  trace: Entry[];
}

const parts = 'trace { seq at verb step branch out code message }';

const simulate = (flow: string, record: string | undefined) => graphql<{ simulateFlow: Told }>(`mutation($f: String!, $r: ID) { simulateFlow(flow: $f, record: $r) { status reason ${parts} } }`, { f: flow, r: record }).then((d) => d.simulateFlow);
const runsOf = (flow: string, signal?: AbortSignal) => graphql<{ flowRuns: { nodes: { id: string; status: string; startedAt: string; record: string | null }[] } }>('query($f: String!) { flowRuns(flow: $f, first: 30) { nodes { id status startedAt record } } }', { f: flow }, signal).then((d) => d.flowRuns.nodes);
const runOf = (id: string) => graphql<{ flowRun: (Told & { id: string }) | null }>(`query($id: ID!) { flowRun(id: $id) { id status reason ${parts} } }`, { id }).then((d) => d.flowRun);

interface Props {
  flow: string;
  object: string | undefined;
  before: boolean; // it runs in the caller's transaction, without runs of its own
  told: Told | undefined;
  onTold: (told: Told | undefined) => void;
  onCase: (made: Json) => void; // puts a case among those of the automation
}

export function Runs({ flow, object, before, told, onTold, onCase }: Props) {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  const { active } = useDraft();
  const [record, setRecord] = useState<string>();
  const serves = Object.values(active).some((f) => `flows/${flow}.json` in f);
  const runs = useQuery({ queryKey: ['flowRuns', flow], enabled: serves && !before, staleTime: 0, queryFn: ({ signal }) => runsOf(flow, signal) });
  const trial = useMutation({ mutationFn: () => simulate(flow, record), onSuccess: onTold, onError: () => onTold(undefined) });
  const look = useMutation({ mutationFn: runOf, onSuccess: (r) => onTold(r ? { ...r, run: r.id } : undefined) });
  const { run } = useSearch({ strict: false }) as { run?: string };
  const { mutate } = look;
  useEffect(() => {
    if (run && serves && !before) mutate(run);
  }, [run, serves, before, mutate]);
  const error = trial.error ?? look.error ?? runs.error;
  if (!serves) return <p className="quiet">{t('flow.unpublished')}</p>;
  if (before) return <p className="quiet">{t('flow.before')}</p>;
  return (
    <>
      <div className="bar section">
        {object !== undefined && <RecordPick object={object} label={t('process.record')} value={record} onChange={setRecord} />}
        <Button disabled={object !== undefined && !record} loading={trial.isPending} onClick={() => trial.mutate()}>
          {t('process.simulate')}
        </Button>
        <Select
          className="record-pick"
          aria-label={t('flow.runs')}
          placeholder={runs.data?.length === 0 ? t('flow.noRuns') : t('flow.runs')}
          loading={look.isPending}
          value={told?.run}
          onChange={(id: string) => look.mutate(id)}
          options={(runs.data ?? []).map((r) => ({ value: r.id, label: `${instant(r.startedAt, i18n.language, zone)} · ${t(`flow.status.${r.status}`)}` }))}
        />
        <Versions flow={flow} />
        {told && (
          <Button type="text" onClick={() => onTold(undefined)}>
            {t('flow.clear')}
          </Button>
        )}
      </div>
      {error && <Alert className="section" type="error" showIcon title={error.message} />}
      {told && (
        <p role="status" className="section">
          {t(told.run ? 'flow.ran' : 'flow.simulated')} <strong>{t(`flow.status.${told.status}`)}</strong> {told.reason}
        </p>
      )}
      {told?.run && <Operate key={told.run} run={told.run} onOrdered={(id) => look.mutate(id)} onCase={onCase} />}
    </>
  );
}

/** StepTrace is what a run tells of a step. */
export function StepTrace({ told, step }: { told: Told | undefined; step: string }) {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  const lines = told?.trace.filter((e) => e.step === step) ?? [];
  if (lines.length === 0) return null;
  return (
    <section className="section" aria-labelledby="step-trace">
      <h2 id="step-trace">{t('flow.trace')}</h2>
      <ol className="timeline">
        {lines.map((e) => (
          <li key={e.seq}>
            <span className="quiet">{instant(e.at, i18n.language, zone)}</span> <code>{e.verb}</code> {e.branch} {e.code} {e.message}
            {e.out !== null && <pre className="trace-out">{JSON.stringify(e.out, null, 2)}</pre>}
          </li>
        ))}
      </ol>
    </section>
  );
}
