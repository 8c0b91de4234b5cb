// What runs stand failed of, and one order for all of a kind.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createLazyRoute, Link } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql } from '@/shared/api/graphql';
import { instant } from '@/shared/meta/format';
import { useIndex } from '@/shared/meta/load';
import { PageTitle } from '@/shared/ui/page';
import { titleOf } from '../form';
import { filesOf } from '../model/files';
import type { Remedies } from '../model/remedies';
import { useDraft } from '../setup/draft';
import { RemedyForm, type Given } from './remedy';

export const Route = createLazyRoute('/_shell/setup/failures')({ component: Failures });

interface Failure {
  signature: string;
  flow: string;
  step: string | null;
  code: string;
  message: string | null;
  count: number;
  since: string;
  latest: string;
  runs: string[];
}

interface Operated {
  signature: string;
  left: number;
  runs: { run: string; status: string | null; code: string | null; message: string | null }[];
}

const bulk = ['retry', 'skip', 'cancel'] as const;
type Bulk = (typeof bulk)[number];

const list = (signal?: AbortSignal) => graphql<{ flowFailures: Failure[] }>('{ flowFailures { signature flow step code message count since latest runs } }', {}, signal).then((d) => d.flowFailures);
const remediesOf = (run: string, signal?: AbortSignal) => graphql<{ flowRun: { remedies: Remedies | null } | null }>('query($id: ID!) { flowRun(id: $id) { remedies { vars out from } } }', { id: run }, signal).then((d) => d.flowRun?.remedies ?? null);
const give = (signature: string, order: Bulk, given: Given) =>
  graphql<{ operateFlowRuns: Operated }>(
    'mutation($s: String!, $do: String!, $reason: String!, $vars: JSON, $out: JSON, $key: String) { operateFlowRuns(signature: $s, do: $do, reason: $reason, vars: $vars, out: $out, idempotencyKey: $key) { signature left runs { run status code message } } }',
    { s: signature, do: order, reason: given.reason, vars: given.vars ?? null, out: given.out ?? null, key: given.key },
  ).then((d) => d.operateFlowRuns);

function Failures() {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  const { all } = useDraft();
  const queries = useQueryClient();
  const [order, setOrder] = useState<{ of: Failure; order: Bulk }>();
  const failures = useQuery({ queryKey: ['flowFailures'], staleTime: 0, queryFn: ({ signal }) => list(signal) });
  const remedies = useQuery({ queryKey: ['flowRun', order?.of.runs[0], 'remedies of all'], enabled: !!order && order.order !== 'cancel', staleTime: 0, queryFn: ({ signal }) => remediesOf(order!.of.runs[0]!, signal) });
  const told = useMutation({
    mutationFn: (given: Given) => give(order!.of.signature, order!.order, given),
    onSuccess: async () => {
      setOrder(undefined);
      await queries.invalidateQueries({ queryKey: ['flowFailures'] });
    },
  });
  const titles = useMemo(() => new Map(filesOf(all, /^flows\/[^/]+\.json$/).map((r) => [String(r.doc.key), { pkg: r.pkg, title: titleOf(r.doc, i18n.language) || String(r.doc.key) }])), [all, i18n.language]);
  const refused = told.data?.runs.filter((r) => r.code !== null) ?? [];
  return (
    <div className="page">
      <div className="bar">
        <PageTitle>{t('setup.page.failures')}</PageTitle>
      </div>
      {failures.error && <Alert className="section" type="error" showIcon title={failures.error.message} />}
      {told.data && (
        <Alert
          className="section"
          type={refused.length > 0 ? 'warning' : 'success'}
          showIcon
          role="status"
          title={t('operate.told', { count: told.data.runs.length - refused.length, refused: refused.length, left: told.data.left })}
          description={
            refused.length > 0 && (
              <ul className="problems">
                {refused.map((r) => (
                  <li key={r.run}>
                    <code>{r.run}</code> {r.message}
                  </li>
                ))}
              </ul>
            )
          }
        />
      )}
      {failures.data?.length === 0 && <p className="quiet">{t('operate.none')}</p>}
      <ul className="failures">
        {failures.data?.map((f) => {
          const flow = titles.get(f.flow);
          return (
            <li key={f.signature} className="card">
              <div className="bar">
                <strong>{t('operate.count', { count: f.count })}</strong>
                {flow ? (
                  <Link to="/setup/flows/$pkg/$key" params={{ pkg: flow.pkg, key: f.flow }}>
                    {flow.title}
                  </Link>
                ) : (
                  f.flow
                )}
                <span className="mono">{[f.step, f.code].filter(Boolean).join(' · ')}</span>
              </div>
              <p>{f.message}</p>
              {flow && (
                <p className="bar">
                  {f.runs.map((run, i) => (
                    <Link key={run} to="/setup/flows/$pkg/$key" params={{ pkg: flow.pkg, key: f.flow }} search={{ run }}>
                      {t('operate.run', { number: i + 1 })}
                    </Link>
                  ))}
                </p>
              )}
              <p className="quiet">{t('operate.since', { since: instant(f.since, i18n.language, zone), latest: instant(f.latest, i18n.language, zone) })}</p>
              <div className="bar">
                {bulk
                  .filter((o) => f.step !== null || o === 'cancel')
                  .map((o) => (
                    <Button
                      key={o}
                      onClick={() => {
                        told.reset();
                        setOrder({ of: f, order: o });
                      }}
                    >
                      {t(`operate.all.${o}`)}
                    </Button>
                  ))}
              </div>
            </li>
          );
        })}
      </ul>
      {order && (order.order === 'cancel' || remedies.data !== undefined) && (
        <RemedyForm
          title={t(`operate.all.${order.order}`)}
          help={t('operate.all.help')}
          vars={order.order === 'cancel' ? undefined : remedies.data?.vars}
          out={order.order === 'skip' ? remedies.data?.out : undefined}
          busy={told.isPending}
          error={told.error?.message}
          onClose={() => setOrder(undefined)}
          onGiven={(given) => told.mutate(given)}
        />
      )}
    </div>
  );
}
