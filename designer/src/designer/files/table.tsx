// A decision table as a table: inputs and outputs are columns, rows are rules.
import { DeleteOutlined, DownOutlined, PlusOutlined, UpOutlined } from '@ant-design/icons';
import { Button, Input } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { titleOf } from '../form';
import { isDoc, nameOf, type Doc } from '../model/overlay';
import { fresh, moved } from '../model/places';

const docs = (v: Json | undefined): Doc[] => (Array.isArray(v) ? v.filter(isDoc) : []);

export function TableEditor({ doc, onChange }: { doc: Doc; onChange: (v: Doc) => void }) {
  const { t, i18n } = useTranslation();
  const inputs = docs(doc.inputs);
  const outputs = docs(doc.outputs);
  const rows = docs(doc.rows);
  const put = (v: Doc[]) => onChange({ ...doc, rows: v });
  const cell = (i: number, part: 'when' | 'then', field: string, text: string) => {
    const row = rows[i]!;
    const cells: Doc = isDoc(row[part]) ? { ...row[part] } : {};
    if (text) cells[field] = text;
    else delete cells[field];
    put(rows.map((r, n) => (n === i ? { ...r, [part]: cells } : r)));
  };
  const columns = [...inputs.map((f) => ({ part: 'when' as const, f })), ...outputs.map((f) => ({ part: 'then' as const, f }))];
  return (
    <div className="card scroll-x" tabIndex={0} role="region" aria-label={t('files.table')}>
      <p className="quiet">{t('table.how')}</p>
      <table className="plain-table decision">
        <thead>
          <tr>
            <th>{t('setup.name')}</th>
            {columns.map(({ part, f }) => (
              <th key={part + nameOf(f)} className={part}>
                {titleOf(f, i18n.language)}
              </th>
            ))}
            <th>{t('setup.actions')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r, i) => {
            const name = nameOf(r) ?? String(i + 1);
            return (
              <tr key={i}>
                <td>
                  <Input className="mono" aria-label={t('table.name', { row: i + 1 })} value={String(r.name ?? '')} onChange={(e) => put(rows.map((x, n) => (n === i ? { ...x, name: e.target.value } : x)))} />
                </td>
                {columns.map(({ part, f }) => (
                  <td key={part + nameOf(f)}>
                    <Input className="mono" aria-label={t('table.cell', { row: name, field: titleOf(f, i18n.language) })} value={isDoc(r[part]) ? String(r[part][nameOf(f)!] ?? '') : ''} placeholder={part === 'when' ? '-' : undefined} onChange={(e) => cell(i, part, nameOf(f)!, e.target.value)} />
                  </td>
                ))}
                <td>
                  <Button size="small" type="text" icon={<UpOutlined />} disabled={i === 0} aria-label={t('form.up', { name })} onClick={() => put(moved(rows, i, i - 1))} />
                  <Button size="small" type="text" icon={<DownOutlined />} disabled={i === rows.length - 1} aria-label={t('form.down', { name })} onClick={() => put(moved(rows, i, i + 1))} />
                  <Button size="small" type="text" danger icon={<DeleteOutlined />} aria-label={t('form.removeOne', { name })} onClick={() => put(rows.filter((_, n) => n !== i))} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <Button icon={<PlusOutlined />} onClick={() => put([...rows, { name: fresh('row', rows.map((r) => nameOf(r) ?? '')) }])}>
        {t('form.add', { name: t('table.row') })}
      </Button>
    </div>
  );
}
