// A task of the inbox, opened: what it is about, what was said, and what one can do.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { named } from '@/shared/api/find';
import { entryOfId, useIndex, useObjectIf, useText } from '@/shared/meta/load';
import { Value } from '@/shared/ui/value';
import { instanceOf, type Task } from '../approval/api';
import { Decide } from '../approval/decide';
import { Named } from '../approval/person';
import { Progress } from '../approval/progress';
import '../approval/texts';

export default function TaskDetails({ task, onDone }: { task: Task; onDone: () => void }) {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const entry = entryOfId(index, task.recordId);
  const meta = useObjectIf(entry?.name);
  const readable = useQuery({ queryKey: ['named', task.recordId], enabled: !!entry, queryFn: ({ signal }) => named(entry!, task.recordId, signal) });
  const instance = useQuery({ queryKey: ['instance', task.instance], queryFn: ({ signal }) => instanceOf(task.instance, signal) });
  if (instance.error) return <Alert type="error" title={instance.error.message} />;
  if (!instance.data) return null;
  const form = instance.data.form;
  const row = Object.fromEntries(meta?.fields.map((f) => [f.api, form[f.api] ?? form[f.name] ?? null]) ?? []);
  const fields = meta?.fields.filter((f) => !f.system && row[f.api] !== null) ?? [];
  return (
    <div className="task-body">
      <dl className="fields" data-columns={2}>
        {fields.map((f) => (
          <div key={f.api} className="field">
            <dt className="field-label">{text(f.label)}</dt>
            <dd>{f.targets?.length && typeof row[f.api] === 'string' ? <Named id={String(row[f.api])} /> : <Value field={f} row={row} />}</dd>
          </div>
        ))}
      </dl>
      {entry && readable.data && (
        <p>
          <Link to="/o/$object/$id" params={{ object: entry.name, id: task.recordId }}>
            {t('approval.openRecord')}
          </Link>
        </p>
      )}
      <Progress instance={instance.data} />
      <Decide task={task} instance={instance.data} meta={meta} onDone={onDone} />
    </div>
  );
}
