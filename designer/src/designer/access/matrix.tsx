// Boxes of a permission set for an object, and levels for its fields.
import { Checkbox, Select } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { isDoc, type Doc } from '../model/overlay';
import { allows, allowed, fieldLevel, operations, withField, withOperation } from '../model/access';

export function OperationBoxes({ set, object, onChange, name }: { set: Doc; object: string; onChange: (v: Doc) => void; name: string }) {
  const { t } = useTranslation();
  return (
    <>
      {operations.map((op) => (
        <td key={op}>
          <Checkbox checked={allows(set, object, op)} aria-label={t('access.box', { set: name, object, op: t(`access.op.${op}`) })} onChange={(e) => onChange(withOperation(set, object, op, e.target.checked))} />
        </td>
      ))}
    </>
  );
}

export function FieldLevels({ set, object, field, onChange, name }: { set: Doc; object: string; field: string; onChange: (v: Doc) => void; name: string }) {
  const { t } = useTranslation();
  return (
    <Select
      className="short"
      size="small"
      aria-label={t('access.level', { set: name, field })}
      disabled={!allowed(set, object)}
      value={fieldLevel(set, object, field) ?? ''}
      onChange={(v: string) => onChange(withField(set, object, field, v || undefined))}
      options={['', 'none', 'masked', 'reveal', 'read', 'edit'].map((value) => ({ value, label: t(`access.levels.${value || 'usual'}`) }))}
    />
  );
}

export const fieldsOf = (doc: Doc | undefined): Doc[] => ((doc?.fields as Json[] | undefined) ?? []).filter(isDoc);
