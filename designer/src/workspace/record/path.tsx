// How far a record has come, and the step to the next stage.
import { useMutation } from '@tanstack/react-query';
import { App } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Row } from '@/shared/api/graphql';
import { fieldOf, useText } from '@/shared/meta/load';
import type { ObjectMeta } from '@/shared/meta/types';
import { update } from '../form/write';

export function StagePath({ meta, row, onChange }: { meta: ObjectMeta; row: Row; onChange: () => void }) {
  const { t } = useTranslation();
  const text = useText();
  const { notification } = App.useApp();
  const field = fieldOf(meta, meta.path!.field);
  const go = useMutation({
    mutationFn: (value: string) => update(meta, row.id, { [field!.api]: value }, row.version as number),
    onSuccess: (w) => {
      for (const warning of w.warnings) notification.warning({ title: warning.message, placement: 'bottomRight' });
      onChange();
    },
    onError: (e) => notification.error({ title: e.message, placement: 'bottomRight' }),
  });
  if (!field?.choices) return null;
  const now = field.choices.findIndex((c) => c.value === row[field.api]);
  return (
    <ol className="path" aria-label={text(field.label)}>
      {field.choices
        .filter((c, i) => !c.inactive || i === now)
        .map((c, i) => (
          <li key={c.value} className={i < now ? 'past' : i === now ? 'now' : ''} aria-current={i === now ? 'step' : undefined}>
            <button type="button" disabled={!field.writable || !meta.may.update || i === now || go.isPending} onClick={() => go.mutate(c.value)}>
              {i < now && <span className="sr-only">{t('record.passed')}: </span>}
              {text(c.label) || c.code}
            </button>
          </li>
        ))}
    </ol>
  );
}
