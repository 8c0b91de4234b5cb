// An approval as it stands: who was asked, what they said, what happened.
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { instant } from '@/shared/meta/format';
import { useIndex } from '@/shared/meta/load';
import { isClaimable, isPending, trailOf, type Instance, type Step } from './api';
import { Named } from './person';
import './texts';

export function Progress({ instance }: { instance: Instance }) {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  const trail = useQuery({ queryKey: ['trail', instance.id, instance.revision], queryFn: ({ signal }) => trailOf(instance.id, signal) });
  const open = instance.tasks.filter((x) => isPending(x) || isClaimable(x));
  return (
    <>
      {open.length > 0 && (
        <p>
          {t('approval.waitsFor')}{' '}
          {open.map((x, i) => (
            <span key={x.id}>
              {i > 0 && ', '}
              {x.assignee ? <Named id={x.assignee} hidden={t('approval.somebody')} /> : t('approval.pool', { count: x.pool.length })}{x.nodeName && ` (${x.nodeName})`}
            </span>
          ))}
        </p>
      )}
      <ol className="timeline">
        {trail.data?.entries.filter((e) => didOf(e, instance)).map((e) => (
          <li key={e.seq}>
            <p>
              <strong>{e.actor ? <Named id={e.actor} hidden={t('approval.somebody')} /> : t('history.platform')}</strong> {t(`approval.did.${didOf(e, instance)!}`)}{' '}
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

/** What people are told of; the rest of a trail is how the engine went on. */
const told = {
  'instance.submitted': 'submit',
  'instance.resubmitted': 'resubmit',
  'instance.completed': 'complete',
  'instance.withdrawn': 'withdraw',
  'instance.cancelled': 'cancel',
  'instance.terminated': 'terminate',
  'instance.suspended': 'suspend',
  'instance.resumed': 'resume',
  'incident.opened': 'fault',
  'task.claimed': 'claim',
  'task.delegated': 'delegate',
  'task.transferred': 'transfer',
  'task.escalated': 'escalate',
  'task.signers_added': 'addSign',
  'task.signers_removed': 'removeSign',
  'task.taken_back': 'takeBack',
  'task.urged': 'urge',
  'participant.replaced': 'replace',
  'record.force_edited': 'edit',
} as const;

const answers = { approved: 'approve', rejected: 'reject', returned: 'return', abstained: 'abstain' } as const;

/** didOf names what an entry of the trail says; nothing for what people need not know. Of decisions, what was decided is the task's. */
export function didOf(e: Step, instance: Instance) {
  if (e.verb !== 'task.decided' && e.verb !== 'task.opined') return told[e.verb as keyof typeof told];
  return answerOf(instance.tasks.find((x) => x.id === e.task)?.decision);
}

/** answerOf names what a decision was. */
export const answerOf = (decision: string | null | undefined) => answers[decision as keyof typeof answers] ?? 'decide';
