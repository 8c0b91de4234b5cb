// Deciding on a task: what one says, what one changes, and to whom it is handed.
import { useMutation } from '@tanstack/react-query';
import { Alert, Button, Dropdown, Input } from 'antd';
import { MoreOutlined } from '@ant-design/icons';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useIndex, useText } from '@/shared/meta/load';
import type { Field } from '@/shared/meta/types';
import { uiOf } from '@/shared/ui/fields';
import { ReferenceEdit, ReferencesEdit } from '@/shared/ui/kit';
import { Labelled } from '@/shared/ui/labelled';
import { changed } from '../form/values';
import { decide, isClaimable, isPending, onInstance, type Decision, type Instance, type Task, type Verb, type Whole } from './api';
import './texts';

const handing: Verb[] = ['transfer', 'delegate', 'addSign'];

/** peopleField is a reference to users, for inputs that choose people. */
export const peopleField = (users: string | undefined, many: boolean): Field => ({ name: 'people', api: 'people', kind: many ? 'multilookup' : 'lookup', label: {}, targets: users ? [users] : [], many, required: true });

interface Props {
  task: Task;
  instance: Instance;
  onDone: () => void;
}

/** Decide offers what the caller can do with a task, and nothing when that is nothing. */
export function Decide(p: Props) {
  if (isClaimable(p.task)) return <Claim {...p} />;
  if (!isPending(p.task)) return null;
  return p.task.kind === 'resubmit' ? <Submitter instance={p.instance} verbs={['resubmit', 'withdraw']} onDone={p.onDone} /> : <Answer {...p} />;
}

function Claim({ task, onDone }: Props) {
  const { t } = useTranslation();
  const go = useMutation({ mutationFn: () => decide(task.id, { verb: 'claim' }), onSuccess: onDone });
  return (
    <div className="decide">
      {go.error && <Alert type="error" showIcon title={go.error.message} />}
      <Button type="primary" loading={go.isPending} onClick={() => go.mutate()}>
        {t('approval.claim')}
      </Button>
    </div>
  );
}

function Comment({ value, onChange }: { value: string; onChange: (v: string) => void }) {
  const { t } = useTranslation();
  return <Labelled label={t('approval.comment')}>{(a) => <Input.TextArea {...a} rows={2} classNames={{ textarea: 'growing' }} maxLength={2000} value={value} onChange={(e) => onChange(e.target.value)} />}</Labelled>;
}

/** Submitter is for who submitted: taking it back, reminding, submitting it again. */
export function Submitter({ instance, verbs, onDone }: { instance: Instance; verbs: Whole[]; onDone: () => void }) {
  const { t } = useTranslation();
  const [comment, setComment] = useState('');
  const go = useMutation({
    mutationFn: (verb: Whole) => onInstance(verb, instance.id, comment.trim() || undefined),
    onSuccess: () => {
      setComment('');
      onDone();
    },
  });
  return (
    <div className="decide">
      {go.error && <Alert type="error" showIcon title={go.error.message} />}
      <Comment value={comment} onChange={setComment} />
      <div className="bar">
        {verbs.map((verb, i) => (
          <Button key={verb} type={i === 0 ? 'primary' : 'default'} loading={go.isPending && go.variables === verb} onClick={() => go.mutate(verb)}>
            {t(`approval.${verb}`)}
          </Button>
        ))}
      </div>
    </div>
  );
}

function Answer({ task, instance, onDone }: Props) {
  const { t } = useTranslation();
  const [comment, setComment] = useState('');
  const [hand, setHand] = useState<Verb>();
  const [data, setData] = useState<Record<string, unknown>>({});
  const go = useMutation({ mutationFn: (d: Decision) => decide(task.id, d, instance.formHash), onSuccess: onDone });
  const send = (verb: Verb, people?: unknown) =>
    go.mutate({ verb, comment: comment.trim() || undefined, user: typeof people === 'string' ? people : undefined, users: Array.isArray(people) ? (people as string[]) : undefined, data: verb === 'approve' ? changed(data, instance.form) : undefined });
  const own = task.kind === null;
  return (
    <div className="decide">
      {go.error && <Alert type="error" showIcon title={go.error.message} />}
      {own && <Editable instance={instance} values={data} onChange={setData} />}
      <Comment value={comment} onChange={setComment} />
      {hand && <Hand verb={hand} busy={go.isPending} onSend={(people) => send(hand, people)} onCancel={() => setHand(undefined)} />}
      {!hand && (
        <div className="bar">
          <Button type="primary" loading={go.isPending && go.variables.verb === 'approve'} onClick={() => send('approve')}>
            {t('approval.approve')}
          </Button>
          <Button danger loading={go.isPending && go.variables.verb === 'reject'} onClick={() => send('reject')}>
            {t('approval.reject')}
          </Button>
          {own && (
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
          )}
        </div>
      )}
    </div>
  );
}

/** Editable are the fields that a node lets one change by approving. */
function Editable({ instance, values, onChange }: { instance: Instance; values: Record<string, unknown>; onChange: (v: Record<string, unknown>) => void }) {
  const text = useText();
  const index = useIndex();
  const all = { ...instance.form, ...values };
  return (
    <>
      {instance.editable.map((name) => {
        const f = instance.formFields.find((x) => x.api === name);
        const Edit = f && uiOf(f).Edit;
        if (!f || !Edit) return null;
        return (
          <Labelled key={name} label={text(f.label) || f.api} required={instance.required.includes(name)}>
            {(a) => <Edit {...a} field={f} object={instance.object} row={all} index={index} value={all[name] ?? null} onChange={(v) => onChange({ ...values, [name]: v })} />}
          </Labelled>
        );
      })}
    </>
  );
}

/** Hand chooses the people whom a task is handed to. */
function Hand({ verb, busy, onSend, onCancel }: { verb: Verb; busy: boolean; onSend: (people: unknown) => void; onCancel: () => void }) {
  const { t } = useTranslation();
  const index = useIndex();
  const id = useId();
  const [people, setPeople] = useState<unknown>(null);
  const Choose = verb === 'addSign' ? ReferencesEdit : ReferenceEdit;
  return (
    <div className="handing">
      <label htmlFor={id} className="field-label">
        {t(`approval.${verb as 'transfer'}To`)}
      </label>
      <Choose id={id} field={peopleField(index.roles.user, verb === 'addSign')} index={index} value={people} onChange={setPeople} />
      <div className="bar">
        <Button type="primary" disabled={!people} loading={busy} onClick={() => onSend(people)}>
          {t(`approval.${verb as 'transfer'}`)}
        </Button>
        <Button onClick={onCancel}>{t('form.cancel')}</Button>
      </div>
    </div>
  );
}
