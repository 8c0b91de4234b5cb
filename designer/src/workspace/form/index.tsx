// A new record.
import { createLazyRoute, useNavigate, useParams, useRouter, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useObject, useText } from '@/shared/meta/load';
import { PageTitle } from '@/shared/ui/page';
import { RecordForm } from './form';

export const Route = createLazyRoute('/_shell/o/$object/new')({ component: NewRecord });

function NewRecord() {
  const { object } = useParams({ strict: false });
  const { t } = useTranslation();
  const text = useText();
  const meta = useObject(object!);
  const navigate = useNavigate();
  const router = useRouter();
  const search: Record<string, unknown> = useSearch({ strict: false });
  const start = useMemo(() => Object.fromEntries(Object.entries(search).filter(([k]) => meta.fields.some((f) => f.api === k && f.writable))), [search, meta]);
  return (
    <div className="page">
      <PageTitle>{t('form.new', { object: text(meta.label) })}</PageTitle>
      <RecordForm meta={meta} start={start} onDone={(w) => void navigate({ to: '/o/$object/$id', params: { object: meta.name, id: w.id }, replace: true })} onCancel={() => router.history.back()} />
    </div>
  );
}
