// A decision table as a grid: what is tested, what is given, which rows count, and what a question hits.
import { DeleteOutlined, DownOutlined, PlusOutlined, UpOutlined, WarningFilled } from '@ant-design/icons';
import { Alert, Button, Input, InputNumber, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { textIn } from '@/shared/meta/load';
import { Labelled } from '@/shared/ui/labelled';
import { titleOf } from '../form';
import { hits, rowsOf, withCell, withRows, wrongRows } from '../model/decision';
import type { Ref } from '../model/files';
import { isDoc, nameOf, type Doc } from '../model/overlay';
import { fresh, moved } from '../model/places';
import { useProblems } from '../setup/problems';
import { TryTable, type Decided } from './decide';

const docs = (v: Json | undefined): Doc[] => (Array.isArray(v) ? v.filter(isDoc) : []);

export function TableEditor({ at, doc, onChange }: { at: Ref; doc: Doc; onChange: (v: Doc) => void }) {
  const { t, i18n } = useTranslation();
  const [version, setVersion] = useState(-1);
  const [decided, setDecided] = useState<Decided>();
  const problems = useProblems(at, true);
  const versions = docs(doc.versions);
  const shown = version < versions.length ? version : -1;
  const rows = rowsOf(doc, shown);
  const wrong = useMemo(() => wrongRows(problems.map((p) => p.path), shown), [problems, shown]);
  return (
    <>
      <div className="table-head">
        <Labelled label={t('table.hit')} required>
          {(input) => <Select {...input} className="full" value={doc.hit as string | undefined} onChange={(hit: string) => onChange({ ...doc, hit })} options={hits.map((h) => ({ value: h, label: t(`table.hits.${h}`) }))} />}
        </Labelled>
        {versions.length > 0 && (
          <Labelled label={t('table.version')}>
            {(input) => <Select {...input} className="full" value={shown} onChange={setVersion} options={[{ value: -1, label: t('table.first') }, ...versions.map((v, i) => ({ value: i, label: t('table.from', { day: String(v.from ?? '') }) }))]} />}
          </Labelled>
        )}
      </div>
      {problems.length > 0 && (
        <Alert
          className="section"
          type={problems.some((p) => p.severity === 'error') ? 'error' : 'warning'}
          showIcon
          title={t('table.problems', { count: problems.length })}
          description={
            <ul className="problems">
              {problems.map((p, i) => (
                <li key={i}>
                  {textIn(p.summary, i18n.language)} {textIn(p.suggestion, i18n.language)}
                </li>
              ))}
            </ul>
          }
        />
      )}
      <Grid doc={doc} rows={rows} wrong={wrong} decided={decided} onChange={(v) => onChange(withRows(doc, shown, v))} />
      <Otherwise doc={doc} onChange={onChange} />
      <TryTable at={at} doc={doc} onDecided={setDecided} decided={decided} />
    </>
  );
}

interface GridProps {
  doc: Doc;
  rows: Doc[];
  wrong: ReadonlySet<number>;
  decided: Decided | undefined;
  onChange: (v: Doc[]) => void;
}

function Grid({ doc, rows, wrong, decided, onChange }: GridProps) {
  const { t, i18n } = useTranslation();
  const columns = [...docs(doc.inputs).map((f) => ({ part: 'when' as const, f })), ...docs(doc.outputs).map((f) => ({ part: 'then' as const, f }))];
  const put = (i: number, change: Doc) => onChange(rows.map((r, n) => (n === i ? { ...r, ...change } : r)));
  const priority = doc.hit === 'priority';
  return (
    <div className="card section scroll-x" tabIndex={0} role="region" aria-label={t('files.table')}>
      <p className="quiet">{t('table.how')}</p>
      <table className="plain-table decision">
        <thead>
          <tr>
            <th>{t('setup.name')}</th>
            {columns.map(({ part, f }) => (
              <th key={part + nameOf(f)} className={part}>
                {t(`table.part.${part}`)} {titleOf(f, i18n.language)}
              </th>
            ))}
            {priority && <th>{t('table.priority')}</th>}
            <th>{t('setup.actions')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((r, i) => {
            const name = nameOf(r) ?? String(i + 1);
            const hit = decided?.rows.includes(name);
            return (
              <tr key={i} className={hit ? 'hit' : ''}>
                <td>
                  <div className="decision-name">
                    <Input className="mono" aria-label={t('table.name', { row: i + 1 })} value={String(r.name ?? '')} onChange={(e) => put(i, { name: e.target.value })} />
                    {wrong.has(i) && <WarningFilled className="canvas-wrong" aria-label={t('process.wrong')} />}
                    {hit && <span className="reach yes">{t('table.hitNow')}</span>}
                  </div>
                </td>
                {columns.map(({ part, f }) => (
                  <td key={part + nameOf(f)}>
                    <Input className="mono" aria-label={t('table.cell', { row: name, field: titleOf(f, i18n.language) })} value={isDoc(r[part]) ? String(r[part][nameOf(f)!] ?? '') : ''} placeholder={part === 'when' ? '-' : undefined} onChange={(e) => onChange(withCell(rows, i, part, nameOf(f)!, e.target.value))} />
                  </td>
                ))}
                {priority && (
                  <td>
                    <InputNumber aria-label={t('table.priorityOf', { row: name })} precision={0} value={typeof r.priority === 'number' ? r.priority : 0} onChange={(v) => put(i, { priority: v ?? 0 })} />
                  </td>
                )}
                <td>
                  <Button size="small" type="text" icon={<UpOutlined />} disabled={i === 0} aria-label={t('form.up', { name })} onClick={() => onChange(moved(rows, i, i - 1))} />
                  <Button size="small" type="text" icon={<DownOutlined />} disabled={i === rows.length - 1} aria-label={t('form.down', { name })} onClick={() => onChange(moved(rows, i, i + 1))} />
                  <Button size="small" type="text" danger icon={<DeleteOutlined />} aria-label={t('form.removeOne', { name })} onClick={() => onChange(rows.filter((_, n) => n !== i))} />
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <Button icon={<PlusOutlined />} onClick={() => onChange([...rows, { name: fresh('row', rows.map((r) => nameOf(r) ?? '')) }])}>
        {t('form.add', { name: t('table.row') })}
      </Button>
    </div>
  );
}

/** Otherwise is what is given when no row hits. */
function Otherwise({ doc, onChange }: { doc: Doc; onChange: (v: Doc) => void }) {
  const { t, i18n } = useTranslation();
  const otherwise: Doc = isDoc(doc.otherwise) ? doc.otherwise : {};
  const put = (name: string, text: string) => {
    const { otherwise: _, ...rest } = doc;
    const { [name]: __, ...others } = otherwise;
    const next: Doc = text ? { ...others, [name]: text } : others;
    onChange(Object.keys(next).length ? { ...rest, otherwise: next } : rest);
  };
  return (
    <section className="card section" aria-labelledby="table-otherwise">
      <h2 id="table-otherwise">{t('table.otherwise')}</h2>
      <div className="schema-form pair">
        {docs(doc.outputs).map((f) => (
          <Labelled key={nameOf(f)} label={titleOf(f, i18n.language)}>
            {(input) => <Input {...input} className="mono" value={String(otherwise[nameOf(f)!] ?? '')} onChange={(e) => put(nameOf(f)!, e.target.value)} />}
          </Labelled>
        ))}
      </div>
    </section>
  );
}
