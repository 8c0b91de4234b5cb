// An approval as it stands: who was asked, what they said, what happened.
import { useQuery } from '@tanstack/react-query';
import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { instant } from '@/shared/meta/format';
import { useIndex } from '@/shared/meta/load';
import { trailOf, type Instance } from './api';
import { Named } from './person';

const statuses = new Set(['running', 'approved', 'rejected', 'withdrawn', 'returned', 'suspended', 'terminated', 'cancelled', 'incident']);

export function Status({ status }: { status: string }) {
  const { t } = useTranslation();
  return (
    <Tag className="choice" data-status={status}>
      {statuses.has(status) ? t(`approval.status.${status as 'running'}`) : status}
    </Tag>
  );
}

export function Progress({ instance }: { instance: Instance }) {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  const trail = useQuery({ queryKey: ['trail', instance.id, instance.revision], queryFn: ({ signal }) => trailOf(instance.id, signal) });
  const open = instance.tasks.filter((x) => x.status === 'open' || x.status === 'pending');
  return (
    <>
      {open.length > 0 && (
        <p>
          {t('approval.waitsFor')}{' '}
          {open.map((x, i) => (
            <span key={x.id}>
              {i > 0 && ', '}
              {x.assignee ? <Named id={x.assignee} /> : t('approval.pool', { count: x.pool.length })} ({x.nodeName ?? x.node})
            </span>
          ))}
        </p>
      )}
      <ol className="timeline">
        {trail.data?.entries.map((e) => (
          <li key={e.seq}>
            <p>
              <strong>{e.actor ? <Named id={e.actor} /> : t('history.platform')}</strong> {verbs.has(e.verb) ? t(`approval.did.${e.verb as 'submit'}`) : e.verb}{' '}
              <time className="quiet" dateTime={e.at}>
                {instant(e.at, i18n.language, zone)}
              </time>
            </p>
            {(e.comment || e.reason) && <blockquote>{e.comment || e.reason}</blockquote>}
          </li>
        ))}
      </ol>
    </>
  );
}

const verbs = new Set(['submit', 'approve', 'reject', 'return', 'transfer', 'delegate', 'addSign', 'claim', 'withdraw', 'comment', 'assign', 'complete']);
