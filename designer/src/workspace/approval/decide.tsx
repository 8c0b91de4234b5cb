// Deciding on a task: what one says, and to whom it is handed.
import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Dropdown, Input } from 'antd';
import { MoreOutlined } from '@ant-design/icons';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useIndex } from '@/shared/meta/load';
import type { Field } from '@/shared/meta/types';
import { ReferenceEdit, ReferencesEdit } from '@/shared/ui/kit';
import { decide, type Decision, type Task, type Verb } from './api';

const handing: Verb[] = ['transfer', 'delegate', 'addSign'];

/** peopleField is a reference to users, for inputs that choose people. */
export const peopleField = (users: string | undefined, many: boolean): Field => ({ name: 'people', api: 'people', kind: many ? 'multilookup' : 'lookup', label: {}, targets: users ? [users] : [], many, required: true });

export function Decide({ task, hash, onDone }: { task: Task; hash?: string; onDone: () => void }) {
  const { t } = useTranslation();
  const index = useIndex();
  const id = useId();
  const [comment, setComment] = useState('');
  const [hand, setHand] = useState<Verb>();
  const [people, setPeople] = useState<unknown>(null);
  const go = useMutation({ mutationFn: (d: Decision) => decide(task.id, d, d.verb === 'claim' ? undefined : hash), onSuccess: onDone });
  const send = (verb: Verb) => go.mutate({ verb, comment: comment.trim() || undefined, user: typeof people === 'string' ? people : undefined, users: Array.isArray(people) ? (people as string[]) : undefined });
  if (task.assignee === null && task.pool.length > 0)
    return (
      <div className="decide">
        {go.error && <Alert type="error" showIcon title={go.error.message} />}
        <Button type="primary" loading={go.isPending} onClick={() => send('claim')}>
          {t('approval.claim')}
        </Button>
      </div>
    );
  return (
    <div className="decide">
      {go.error && <Alert type="error" showIcon title={go.error.message} />}
      <label htmlFor={`${id}c`} className="field-label">
        {t('approval.comment')}
      </label>
      <Input.TextArea id={`${id}c`} autoSize={{ minRows: 2, maxRows: 6 }} maxLength={2000} value={comment} onChange={(e) => setComment(e.target.value)} />
      {hand && (
        <div className="handing">
          <label htmlFor={`${id}p`} className="field-label">
            {t(`approval.${hand as 'transfer'}To`)}
          </label>
          {hand === 'addSign' ? (
            <ReferencesEdit id={`${id}p`} field={peopleField(index.roles.user, true)} index={index} value={people} onChange={setPeople} />
          ) : (
            <ReferenceEdit id={`${id}p`} field={peopleField(index.roles.user, false)} index={index} value={people} onChange={setPeople} />
          )}
          <div className="bar">
            <Button type="primary" disabled={!people} loading={go.isPending} onClick={() => send(hand)}>
              {t(`approval.${hand as 'transfer'}`)}
            </Button>
            <Button
              onClick={() => {
                setHand(undefined);
                setPeople(null);
              }}
            >
              {t('form.cancel')}
            </Button>
          </div>
        </div>
      )}
      {!hand && (
        <div className="bar">
          <Button type="primary" loading={go.isPending && go.variables.verb === 'approve'} onClick={() => send('approve')}>
            {t('approval.approve')}
          </Button>
          <Button danger loading={go.isPending && go.variables.verb === 'reject'} onClick={() => send('reject')}>
            {t('approval.reject')}
          </Button>
          <Dropdown
            trigger={['click']}
            menu={{
              items: [{ key: 'return', label: t('approval.return') }, ...handing.map((verb) => ({ key: verb, label: t(`approval.${verb as 'transfer'}`) }))],
              onClick: ({ key }) => (key === 'return' ? send('return') : setHand(key as Verb)),
            }}
          >
            <Button icon={<MoreOutlined />} aria-haspopup="menu">
              {t('app.more')}
            </Button>
          </Dropdown>
        </div>
      )}
    </div>
  );
}
