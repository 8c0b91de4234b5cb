// Who may do what with the records of one object: sets × operations, and sets × fields.
import { Select } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { titleOf } from '../form';
import { filesOf, objectOf, withDoc } from '../model/files';
import { nameOf } from '../model/overlay';
import { allowed, operations } from '../model/access';
import { useDraft } from '../setup/draft';
import { FieldLevels, fieldsOf, OperationBoxes } from './matrix';

const sets = /^permissions\/[^/]+\.json$/;

export function ObjectAccess({ object }: { object: string }) {
  const { t, i18n } = useTranslation();
  const { all, edit } = useDraft();
  const files = filesOf(all, sets);
  const [chosen, setChosen] = useState<string>();
  const path = (f: { pkg: string; path: string }) => `${f.pkg}/${f.path}`;
  const one = files.find((f) => path(f) === chosen) ?? files.find((f) => allowed(f.doc, object));
  const name = (f: (typeof files)[number]) => titleOf(f.doc, i18n.language) || f.path;
  return (
    <>
      <div className="card section scroll-x" tabIndex={0} role="region" aria-label={t('access.matrix')}>
        <table className="plain-table">
          <caption className="sr-only">{t('access.matrix')}</caption>
          <thead>
            <tr>
              <th>{t('access.set')}</th>
              {operations.map((op) => (
                <th key={op}>{t(`access.op.${op}`)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {files.map((f) => (
              <tr key={path(f)}>
                <th scope="row">{name(f)}</th>
                <OperationBoxes set={f.doc} object={object} name={name(f)} onChange={(v) => edit((now) => withDoc(now, f, v))} />
              </tr>
            ))}
          </tbody>
        </table>
        {files.length === 0 && <p className="quiet">{t('files.none')}</p>}
      </div>
      {one && (
        <div className="card section scroll-x" tabIndex={0} role="region" aria-label={t('access.fields')}>
          <div className="bar">
            <h2>{t('access.fields')}</h2>
            <Select className="find" aria-label={t('access.set')} value={path(one)} onChange={setChosen} options={files.map((f) => ({ value: path(f), label: name(f) }))} />
          </div>
          <table className="plain-table">
            <tbody>
              {fieldsOf(objectOf(all, object)?.doc).map((f) => (
                <tr key={nameOf(f)}>
                  <th scope="row">{titleOf(f, i18n.language)}</th>
                  <td>
                    <FieldLevels set={one.doc} object={object} field={String(f.name)} name={name(one)} onChange={(v) => edit((now) => withDoc(now, one, v))} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}
