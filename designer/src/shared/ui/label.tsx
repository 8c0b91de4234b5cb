import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import { useText } from '@/shared/meta/load';
import type { Field } from '@/shared/meta/types';

/** FieldLabel is what a field is called, and that it is not shown whole. */
export function FieldLabel({ field }: { field: Field }) {
  const { t } = useTranslation();
  const text = useText();
  return (
    <>
      {text(field.label) || field.api} {field.masked && <Tag>{t('value.masked')}</Tag>}
      {field.partial && <Tag title={t('value.partialHelp')}>{t('value.partial')}</Tag>}
    </>
  );
}
