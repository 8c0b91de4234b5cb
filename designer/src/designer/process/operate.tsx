// What an administrator does with a run that has stopped, or is to: try again, pass over, go back, do it all again, undo.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { graphql, type Json } from '@/shared/api/graphql';
import { instant } from '@/shared/meta/format';
import { useIndex } from '@/shared/meta/load';
import { ordersFor, type Order, type Stopped } from '../model/remedies';
import { Recorded } from './recorded';
import { RemedyForm, type Given } from './remedy';

const parts = 'id flow status incident { step code message } vars remedies { vars out from } trace { seq at verb by message edits }';

interface Line {
  seq: number;
  at: string;
  verb: string;
  by: string | null;
  message: string | null;
  edits: { name: string; from: Json; to: Json }[] | null;
}

const shown = (id: string, signal?: AbortSignal) => graphql<{ flowRun: (Stopped & { trace: Line[] | null }) | null }>(`query($id: ID!) { flowRun(id: $id) { ${parts} } }`, { id }, signal).then((d) => d.flowRun);

const mutations: Record<Order, { name: string; takes: string[] }> = {
  retry: { name: 'retryFlowRun', takes: ['step', 'vars'] },
  skip: { name: 'skipFlowStep', takes: ['step', 'vars', 'out'] },
  rerunFrom: { name: 'rerunFlowFrom', takes: ['step', 'vars'] },
  rerun: { name: 'rerunFlow', takes: [] },
  cancel: { name: 'cancelFlowRun', takes: [] },
  compensate: { name: 'compensateFlowRun', takes: [] },
};
const types: Record<string, string> = { step: 'String', vars: 'JSON', out: 'JSON' };

/** give gives an order to a run, and tells which run to look at then. */
function give(run: Stopped, order: Order, given: Given): Promise<string> {
  const { name, takes } = mutations[order];
  const values: Record<string, Json | undefined> = { step: order === 'rerunFrom' ? given.step : (run.incident?.step ?? undefined), vars: given.vars, out: given.out };
  const sent = takes.filter((k) => values[k] !== undefined);
  const head = sent.map((k) => `, $${k}: ${types[k]}${k === 'step' && order === 'rerunFrom' ? '!' : ''}`).join('');
  const args = sent.map((k) => `, ${k}: $${k}`).join('');
  return graphql<Record<string, { id: string }>>(`mutation($run: ID!, $reason: String!, $key: String${head}) { ${name}(run: $run, reason: $reason, idempotencyKey: $key${args}) { id } }`, {
    run: run.id,
    reason: given.reason,
    key: given.key,
    ...Object.fromEntries(sent.map((k) => [k, values[k]])),
  }).then((d) => d[name]!.id);
}

interface Props {
  run: string;
  onOrdered: (run: string) => void;
  onCase?: (made: Json) => void; // puts a case among those of the automation
}

export function Operate({ run: id, onOrdered, onCase }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [order, setOrder] = useState<Order>();
  const [recorded, setRecorded] = useState(false);
  const run = useQuery({ queryKey: ['flowRun', id, 'remedies'], staleTime: 0, queryFn: ({ signal }) => shown(id, signal) });
  const giving = useMutation({
    mutationFn: ({ order, given }: { order: Order; given: Given }) => give(run.data!, order, given),
    onSuccess: async (next) => {
      setOrder(undefined);
      await queries.invalidateQueries({ queryKey: ['flowRun', id] });
      await queries.invalidateQueries({ queryKey: ['flowRuns'] });
      onOrdered(next);
    },
  });
  if (run.error) return <Alert className="section" type="error" showIcon title={run.error.message} />;
  if (!run.data) return null;
  const open = (o: Order) => {
    giving.reset();
    setOrder(o);
  };
  return (
    <section className="section" aria-label={t('operate.orders')}>
      {run.data.incident && (
        <Alert className="section" type="error" showIcon title={run.data.incident.message} description={[run.data.incident.step, run.data.incident.code].filter(Boolean).join(' · ')} />
      )}
      <div className="bar">
        {ordersFor(run.data).map((o) => (
          <Button key={o} onClick={() => open(o)}>
            {t(`operate.${o}`)}
          </Button>
        ))}
        <Button onClick={() => setRecorded(true)}>{t('operate.case')}</Button>
      </div>
      <Orders lines={(run.data.trace ?? []).filter((l) => l.by !== null)} />
      {order && (
        <RemedyForm
          title={t(`operate.${order}`)}
          help={t(`operate.${order}.help`)}
          vars={mutations[order].takes.includes('vars') ? run.data.remedies?.vars : undefined}
          now={run.data.vars ?? {}}
          out={order === 'skip' ? run.data.remedies?.out : undefined}
          from={order === 'rerunFrom' ? run.data.remedies?.from : undefined}
          busy={giving.isPending}
          error={giving.error?.message}
          onClose={() => setOrder(undefined)}
          onGiven={(given) => giving.mutate({ order, given })}
        />
      )}
      {recorded && <Recorded run={id} onClose={() => setRecorded(false)} onCase={onCase} />}
    </section>
  );
}

/** Orders are what administrators have done with the run: who, why, and which variables they changed. */
function Orders({ lines }: { lines: Line[] }) {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  if (lines.length === 0) return null;
  const shows = (v: Json) => (v === null ? t('operate.empty') : String(v));
  return (
    <div className="section">
      <ol className="timeline" aria-label={t('operate.given')}>
        {lines.map((l) => (
          <li key={l.seq}>
            <span className="quiet">{instant(l.at, i18n.language, zone)}</span> {l.by} <strong>{t(`operate.did.${l.verb}`, { defaultValue: l.verb })}</strong> {l.message}
            {l.edits?.map((e) => (
              <div key={e.name} className="mono">
                {e.name}: {shows(e.from)} → {shows(e.to)}
              </div>
            ))}
          </li>
        ))}
      </ol>
    </div>
  );
}
