// What became of each record of a bulk operation: the failures by what was said, with the records that they concern.
import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { ObjectMeta } from '@/shared/meta/types';
import { reasons, type Outcome } from './run';

const most = 100; // records that are named for one reason

export function Report({ meta, outcomes, undone }: { meta: ObjectMeta; outcomes: Outcome[]; undone: boolean }) {
  const { t } = useTranslation();
  const failed = outcomes.filter((o) => o.error);
  const fine = outcomes.length - failed.length;
  const warnings = [...new Set(outcomes.flatMap((o) => o.warnings ?? []))];
  return (
    <>
      <Alert type={failed.length ? 'warning' : 'success'} showIcon title={t(undone ? 'bulk.undone' : 'bulk.done', { done: fine, of: outcomes.length })} />
      {reasons(outcomes).map((r) => (
        <section key={r.message} className="reason">
          <p className="field-error">
            {t('bulk.failed', { count: r.records.length })} {r.message}
          </p>
          <ul>
            {r.records.slice(0, most).map((o) => (
              <li key={o.id}>
                <Link to="/o/$object/$id" params={{ object: meta.name, id: o.id }} target="_blank">
                  {o.title}
                </Link>
              </li>
            ))}
            {r.records.length > most && <li>{t('bulk.more', { count: r.records.length - most })}</li>}
          </ul>
        </section>
      ))}
      {warnings.map((w) => (
        <p key={w} className="field-warning">
          {w}
        </p>
      ))}
    </>
  );
}
