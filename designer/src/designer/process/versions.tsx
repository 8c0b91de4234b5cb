// The versions of an automation, with the runs that go on under each, and how those go over to the one that serves.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Drawer, Input, Segmented, Tag } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from '@/shared/api/graphql';
import { instant } from '@/shared/meta/format';
import { useIndex } from '@/shared/meta/load';

interface Version {
  version: number;
  at: string;
  serves: boolean;
  going: number;
}

interface Judged {
  id: string;
  status: string;
  record: string | null;
  can: boolean;
  problems: { step: string | null; message: string }[];
}

interface Migration {
  version: number;
  migrated: number;
  after: string | null;
  nodes: Judged[];
}

interface Wanted {
  from: number;
  failed: boolean;
  after?: string | null;
  runs?: string[];
  timers?: string;
  reason?: string;
  dryRun: boolean;
}

const page = 100;

const versionsOf = (flow: string, signal?: AbortSignal) => graphql<{ flowVersions: Version[] }>('query($f: String!) { flowVersions(flow: $f) { version at serves going } }', { f: flow }, signal).then((d) => d.flowVersions);

const migrate = (flow: string, w: Wanted) =>
  graphql<{ migrateFlowRuns: Migration }>(
    `mutation($flow: String!, $from: Int, $failed: Boolean, $after: String, $runs: [ID!], $timers: String, $reason: String, $dryRun: Boolean, $first: Int) {
      migrateFlowRuns(flow: $flow, from: $from, failed: $failed, after: $after, runs: $runs, timers: $timers, reason: $reason, dryRun: $dryRun, first: $first) { version migrated after nodes { id status record can problems { step message } } }
    }`,
    { ...w, flow, first: page },
  ).then((d) => d.migrateFlowRuns);

/** Versions is the button that opens them. */
export function Versions({ flow }: { flow: string }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t('flow.versions')}</Button>
      {open && (
        <Drawer open size={640} onClose={() => setOpen(false)} title={t('flow.versions')}>
          <List flow={flow} />
        </Drawer>
      )}
    </>
  );
}

function List({ flow }: { flow: string }) {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  const [from, setFrom] = useState<number>();
  const versions = useQuery({ queryKey: ['flowVersions', flow], staleTime: 0, queryFn: ({ signal }) => versionsOf(flow, signal) });
  if (versions.error) return <Alert type="error" showIcon title={versions.error.message} />;
  return (
    <>
      <ul className="plan">
        {(versions.data ?? []).map((v) => (
          <li key={v.version} className="plan-entry bar">
            <strong>{t('flow.version', { version: v.version })}</strong>
            {v.serves && <Tag>{t('flow.serves')}</Tag>}
            <span className="quiet">{instant(v.at, i18n.language, zone)}</span>
            <span className="grow" />
            <span>{t('flow.going', { count: v.going })}</span>
            {!v.serves && (
              <Button size="small" aria-pressed={from === v.version} onClick={() => setFrom(v.version)}>
                {t('flow.move')}
              </Button>
            )}
          </li>
        ))}
      </ul>
      {from !== undefined && <Move key={from} flow={flow} from={from} />}
    </>
  );
}

/** Move tells which runs of a version can go over to the one that serves, and moves those. */
function Move({ flow, from }: { flow: string; from: number }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [failed, setFailed] = useState(false);
  const [after, setAfter] = useState<string>();
  const [timers, setTimers] = useState('keep');
  const [reason, setReason] = useState('');
  const tried = useQuery({ queryKey: ['flowMigration', flow, from, failed, after], staleTime: 0, queryFn: () => migrate(flow, { from, failed, after: after ?? null, dryRun: true }) });
  const can = (tried.data?.nodes ?? []).filter((n) => n.can);
  const move = useMutation({
    mutationFn: () => migrate(flow, { from, failed, runs: can.map((n) => n.id), timers, reason, dryRun: false }),
    onSettled: () => {
      setAfter(undefined);
      for (const key of ['flowVersions', 'flowMigration', 'flowRuns']) void client.invalidateQueries({ queryKey: [key, flow] });
    },
  });
  const error = tried.error ?? move.error;
  return (
    <section className="section" aria-labelledby="move-runs">
      <h2 id="move-runs">{t('flow.moveFrom', { version: from })}</h2>
      <Segmented
        aria-label={t('flow.which')}
        value={failed ? 'failed' : 'going'}
        onChange={(v) => {
          setFailed(v === 'failed');
          setAfter(undefined);
        }}
        options={[
          { value: 'going', label: t('flow.underWay') },
          { value: 'failed', label: t('flow.status.failed') },
        ]}
      />
      {error && <Alert className="section" type="error" showIcon title={error.message} />}
      {move.data && <Alert className="section" role="status" type="success" showIcon title={t('flow.moved', { count: move.data.migrated, version: move.data.version })} />}
      {tried.data?.nodes.length === 0 && <p className="quiet">{t('flow.nothingToMove')}</p>}
      <ul className="plan section" aria-label={t('flow.report')}>
        {(tried.data?.nodes ?? []).map((n) => (
          <Row key={n.id} run={n} />
        ))}
      </ul>
      {tried.data?.after && (
        <Button type="text" onClick={() => setAfter(tried.data.after ?? undefined)}>
          {t('flow.nextRuns')}
        </Button>
      )}
      {can.length > 0 && (
        <>
          <p className="quiet">{t('flow.moveHelp')}</p>
          <Segmented
            aria-label={t('flow.timers')}
            value={timers}
            onChange={(v) => setTimers(String(v))}
            options={[
              { value: 'keep', label: t('flow.timers.keep') },
              { value: 'reset', label: t('flow.timers.reset') },
            ]}
          />
          <div className="bar section">
            <Input aria-label={t('flow.reason')} placeholder={t('flow.reason')} maxLength={1000} value={reason} onChange={(e) => setReason(e.target.value)} />
            <Button type="primary" disabled={!reason.trim()} loading={move.isPending} onClick={() => move.mutate()}>
              {t('flow.moveRuns', { count: can.length })}
            </Button>
          </div>
        </>
      )}
    </section>
  );
}

function Row({ run }: { run: Judged }) {
  const { t } = useTranslation();
  return (
    <li className="plan-entry">
      <div>
        <span className="mono">{run.record ?? run.id}</span> <span className="quiet">{t(`flow.status.${run.status}`)}</span> <Tag color={run.can ? undefined : 'red'}>{t(run.can ? 'flow.can' : 'flow.cannot')}</Tag>
        {run.problems.map((p, i) => (
          <div key={i} className="quiet">
            {p.step && <code>{p.step}</code>} {p.message}
          </div>
        ))}
      </div>
    </li>
  );
}
