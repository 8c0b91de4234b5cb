// A task of the inbox, opened: what it is about, what was said, and what one can do.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import { named } from '@/shared/api/find';
import { entryOfId, useIndex } from '@/shared/meta/load';
import { FieldLabel } from '@/shared/ui/label';
import { Value } from '@/shared/ui/value';
import { instanceOf, type Task } from '../approval/api';
import { Decide } from '../approval/decide';
import { Named } from '../approval/person';
import { Progress } from '../approval/progress';
import '../approval/texts';

const references = new Set(['lookup', 'master', 'ref']);

export default function TaskDetails({ task, onDone }: { task: Task; onDone: () => void }) {
  const { t } = useTranslation();
  const index = useIndex();
  const entry = entryOfId(index, task.recordId);
  const readable = useQuery({ queryKey: ['named', task.recordId], enabled: !!entry, queryFn: ({ signal }) => named(entry!, task.recordId, signal) });
  const instance = useQuery({ queryKey: ['instance', task.instance], queryFn: ({ signal }) => instanceOf(task.instance, signal) });
  if (instance.error) return <Alert type="error" title={instance.error.message} />;
  if (!instance.data) return null;
  const row = instance.data.form;
  const fields = instance.data.formFields.filter((f) => !f.system && row[f.api] !== null && row[f.api] !== undefined);
  return (
    <div className="task-body">
      {fields.length === 0 && <p className="quiet">{t('approval.noForm')}</p>}
      <dl className="fields" data-columns={2}>
        {fields.map((f) => (
          <div key={f.api} className="field">
            <dt className="field-label">
              <FieldLabel field={{ ...f, masked: false, partial: false }} />
            </dt>
            <dd>{references.has(f.kind) && typeof row[f.api] === 'string' ? <Named id={String(row[f.api])} hidden={<span className="quiet">{t('value.hidden')}</span>} /> : <Value field={{ ...f, masked: false }} row={row} />}</dd>
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
      <Decide task={task} instance={instance.data} onDone={onDone} />
    </div>
  );
}
