// Imports: one's own, and how another one begins, with a file.
import { InboxOutlined } from '@ant-design/icons';
import { useMutation, useQuery } from '@tanstack/react-query';
import { createLazyRoute, Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Alert, Select } from 'antd';
import { useId, useState, type DragEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { instant, number } from '@/shared/meta/format';
import { entryOf, useIndex, useText } from '@/shared/meta/load';
import { Labelled } from '@/shared/ui/labelled';
import { PageTitle } from '@/shared/ui/page';
import { jobs, upload } from './api';
import './texts';
import './import.css';

export const Route = createLazyRoute('/_shell/imports')({ component: Imports });

function Imports() {
  const { t } = useTranslation();
  const may = useIndex().rights.includes('import');
  return (
    <div className="page import-page">
      <div className="bar">
        <PageTitle>{t('import.title')}</PageTitle>
      </div>
      {may ? <Upload /> : <Alert className="section" type="info" showIcon title={t('import.forbidden')} />}
      <Mine />
    </div>
  );
}

function Upload() {
  const { t } = useTranslation();
  const text = useText();
  const index = useIndex();
  const navigate = useNavigate();
  const id = useId();
  const given = useSearch({ strict: false }).object;
  const [object, setObject] = useState<string | undefined>(given);
  const [over, setOver] = useState(false);
  const send = useMutation({ mutationFn: (file: File) => upload(object!, file), onSuccess: (job) => navigate({ to: '/imports/$job', params: { job: job.id } }) });
  const objects = index.objects.filter((o) => o.create || o.update).map((o) => ({ value: o.name, label: text(o.pluralLabel) || text(o.label) }));
  const take = (list: FileList | null) => list?.[0] && object && send.mutate(list[0]);
  const drop = (e: DragEvent) => {
    e.preventDefault();
    setOver(false);
    take(e.dataTransfer.files);
  };
  return (
    <section className="card section import-new" aria-labelledby={`${id}t`}>
      <h2 id={`${id}t`}>{t('import.new')}</h2>
      <Labelled label={t('import.object')} required>
        {(input) => <Select {...input} className="full" showSearch optionFilterProp="label" placeholder={t('import.objectOf')} value={object} onChange={setObject} options={objects} />}
      </Labelled>
      <label className={over ? 'import-drop over' : 'import-drop'} data-off={!object || undefined} onDragOver={(e) => (e.preventDefault(), object && setOver(true))} onDragLeave={() => setOver(false)} onDrop={drop}>
        <InboxOutlined aria-hidden />
        <strong>{send.isPending ? t('import.uploading') : t('import.drop')}</strong>
        <span className="quiet">{t('import.limit')}</span>
        <input type="file" accept=".csv,.txt,.tsv,.xlsx,.jsonl,.ndjson" aria-label={t('import.file')} disabled={!object || send.isPending} onChange={(e) => (take(e.target.files), (e.target.value = ''))} />
      </label>
      {send.error && <Alert type="error" showIcon title={send.error.message} />}
    </section>
  );
}

function Mine() {
  const { t, i18n } = useTranslation();
  const text = useText();
  const index = useIndex();
  const { data, error } = useQuery({ queryKey: ['imports'], queryFn: ({ signal }) => jobs(signal), staleTime: 0 });
  if (error) return <Alert type="error" showIcon title={error.message} />;
  if (!data) return null;
  return (
    <div className="card">
      <h2>{t('import.mine')}</h2>
      {data.length === 0 ? (
        <p className="quiet">{t('import.none')}</p>
      ) : (
        <div className="scroll-x" tabIndex={0} role="region" aria-label={t('import.mine')}>
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t('import.name')}</th>
                <th>{t('import.objectOf')}</th>
                <th>{t('import.state')}</th>
                <th className="end">{t('import.rows')}</th>
                <th>{t('import.at')}</th>
              </tr>
            </thead>
            <tbody>
              {data.map((j) => (
                <tr key={j.id}>
                  <td>
                    <Link to="/imports/$job" params={{ job: j.id }}>
                      {j.name || j.id}
                    </Link>
                  </td>
                  <td>{text(entryOf(index, j.object)?.label) || j.object}</td>
                  <td>{t(`import.status.${j.status}`)}</td>
                  <td className="end">{j.total > 0 && number(j.total, i18n.language)}</td>
                  <td>{instant(j.createdAt, i18n.language, index.zone)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
