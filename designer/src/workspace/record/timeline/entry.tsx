// One card of the timeline.
import { AuditOutlined, ClockCircleOutlined, EditOutlined, ProfileOutlined } from '@ant-design/icons';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { instant, toWall } from '@/shared/meta/format';
import { fieldOf, useIndex, useText } from '@/shared/meta/load';
import { titleOf } from '@/shared/meta/select';
import type { ObjectMeta } from '@/shared/meta/types';
import { Value } from '@/shared/ui/value';
import { Named } from '../../approval/person';
import { answerOf } from '../../approval/progress';
import { Changes } from '../changes';
import { verbOf } from '../history';
import { detailsOf, systemField, type Told } from './sources';

type Of<K extends Told['kind']> = Extract<Told, { kind: K }>;

export function Entry({ told, meta, children }: { told: Told; meta: ObjectMeta; children: ObjectMeta[] }) {
  if (told.kind === 'change') return <ChangeCard told={told} meta={meta} />;
  if (told.kind === 'approval') return <ApprovalCard told={told} />;
  const child = children.find((c) => c.name === told.object);
  return child && <RecordCard told={told} child={child} />;
}

function Card({ icon, at, when, children, detail }: { icon: ReactNode; at: string; when?: ReactNode; children: ReactNode; detail?: ReactNode }) {
  const { i18n } = useTranslation();
  const { zone } = useIndex();
  return (
    <li className="card happening">
      <span className="happening-icon" aria-hidden="true">
        {icon}
      </span>
      <div>
        <p className="happening-head">
          <span className="happening-what">{children}</span>
          <span className="quiet">
            {when}{' '}
            <time dateTime={at} title={instant(at, i18n.language, zone)}>
              {toWall(at, zone).slice(11)}
            </time>
          </span>
        </p>
        {detail}
      </div>
    </li>
  );
}

function ChangeCard({ told: { change }, meta }: { told: Of<'change'>; meta: ObjectMeta }) {
  const { t } = useTranslation();
  return (
    <Card icon={<EditOutlined />} at={change.at} detail={<Changes meta={meta} verb={change.verb} changes={change.changes} />}>
      <strong>{change.by ? <Named id={change.by} /> : t('history.platform')}</strong> <span>{t(`history.${verbOf(change.verb)}`)}</span>
    </Card>
  );
}

function ApprovalCard({ told: { task, at } }: { told: Of<'approval'> }) {
  const { t } = useTranslation();
  const who = task.decidedBy ?? task.assignee;
  const line = [task.processName, task.nodeName].filter(Boolean).join(' · ');
  return (
    <Card
      icon={<AuditOutlined />}
      at={at}
      detail={
        <>
          {line && <p className="quiet">{line}</p>}
          {task.reason && <blockquote>{task.reason}</blockquote>}
        </>
      }
    >
      <strong>{who ? <Named id={who} hidden={t('approval.somebody')} /> : t('approval.pool', { count: task.pool.length })}</strong> <span>{task.decidedAt ? t(`approval.did.${answerOf(task.decision)}`) : t('timeline.waits')}</span>
    </Card>
  );
}

function RecordCard({ told: { row, source, at }, child }: { told: Of<'record'>; child: ObjectMeta }) {
  const text = useText();
  const when = fieldOf(child, source.at);
  const by = systemField(child, 'created_by');
  const says = detailsOf(child, source).map((c) => fieldOf(child, c)!).filter((f) => row[f.api] !== null && row[f.api] !== undefined);
  return (
    <Card
      icon={when?.system ? <ProfileOutlined /> : <ClockCircleOutlined />}
      at={at}
      when={text(when?.label)}
      detail={
        <p className="happening-line">
          {by && typeof row[by.api] === 'string' && (
            <span>
              <span className="quiet">{text(by.label)}</span> <Named id={row[by.api] as string} />
            </span>
          )}
          {says.map((f) => (
            <span key={f.api}>
              <span className="quiet">{text(f.label)}</span> <Value field={f} row={row} compact />
            </span>
          ))}
        </p>
      }
    >
      <span className="quiet">{text(child.label)}</span>{' '}
      <Link to="/o/$object/$id" params={{ object: child.name, id: row.id }}>
        {titleOf(child, row)}
      </Link>
    </Card>
  );
}
