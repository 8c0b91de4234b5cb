// A plan for people: its changes by what they belong to, what they touch of the data, and what is wrong.
import { Alert, Segmented, Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { useText } from '@/shared/meta/load';
import { grouped, totals } from '../model/plan';
import type { Entry, Finding, Plan } from '../setup/api';

const colours: Record<Entry['class'], string | undefined> = { additive: undefined, rewriting: 'gold', destructive: 'red' };

/** OnRuns asks for a plan in which something else becomes of the runs of an automation, by its key. */
export type OnRuns = (flow: string, how: string) => void;

export function PlanView({ plan, onRuns }: { plan: Plan; onRuns?: OnRuns }) {
  const { t } = useTranslation();
  const sum = totals(plan.entries);
  return (
    <>
      {plan.findings && plan.findings.length > 0 && <Findings findings={plan.findings} />}
      {plan.entries.length > 0 && <p className="plan-sum">{t('publish.sum', sum)}</p>}
      {plan.entries.length === 0 && !plan.findings?.length && <p className="quiet">{t('publish.nothing')}</p>}
      {grouped(plan.entries).map((g) => (
        <section key={g.of} className="card section" aria-label={g.of}>
          <h2 className="mono">{g.of}</h2>
          <ul className="plan">
            {g.entries.map((e, i) => (
              <PlanEntry key={i} entry={e} onRuns={onRuns} />
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

export function PlanEntry({ entry: e, onRuns }: { entry: Entry; onRuns?: OnRuns }) {
  const { t, i18n } = useTranslation();
  const text = useText();
  return (
    <li className={`plan-entry ${e.class}`}>
      <span className="plan-op mono">{e.op}</span>
      <div>
        <span>{text(e.summary)}</span> {e.class !== 'additive' && <Tag color={colours[e.class]}>{t(`publish.class.${e.class}`)}</Tag>}
        {e.blocking && (e.count ?? 0) > 0 && <Tag color="red">{t('publish.blocking')}</Tag>}
        {e.count !== undefined && (
          <div className="quiet">
            <strong>{e.count.toLocaleString(i18n.language)}</strong> {text(e.impact)}
          </div>
        )}
        {e.runs && onRuns && (e.count ?? 0) > 0 && (
          <Segmented
            size="small"
            aria-label={t('publish.runs')}
            value={e.runs}
            onChange={(how) => onRuns(e.address.replace(/^flow\./, ''), String(how))}
            options={['finish', 'drain', 'cancel'].map((how) => ({ value: how, label: t(`publish.runs.${how}`) }))}
          />
        )}
        <div className="quiet mono small">{e.address}</div>
      </div>
    </li>
  );
}

export function Findings({ findings }: { findings: Finding[] }) {
  const { t } = useTranslation();
  const text = useText();
  return (
    <section aria-label={t('publish.findings')}>
      {findings.map((f, i) => (
        <Alert
          key={i}
          className="finding"
          type={f.severity === 'error' ? 'error' : 'warning'}
          showIcon
          title={text(f.summary)}
          description={
            <>
              {f.suggestion && <div>{text(f.suggestion)}</div>}
              <code>
                {f.pos.file}
                {f.pos.line > 0 && `:${f.pos.line}:${f.pos.col}`}
              </code>
            </>
          }
        />
      ))}
    </section>
  );
}
