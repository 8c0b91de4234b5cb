// Texts that lack a language, each of which can be given it here.
import { createLazyRoute } from '@tanstack/react-router';
import { Input, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PageTitle } from '@/shared/ui/page';
import { withDoc } from '../model/files';
import { missing, translated } from '../model/translations';
import { useDraft } from '../setup/draft';

export const Route = createLazyRoute('/_shell/setup/translations')({ component: Translations });

const most = 200;

function Translations() {
  const { t } = useTranslation();
  const { all, edit } = useDraft();
  const [pkg, setPkg] = useState('');
  const rows = useMemo(() => missing(all).filter((m) => !pkg || m.pkg === pkg), [all, pkg]);
  return (
    <div className="page">
      <div className="bar">
        <PageTitle>{t('setup.page.translations')}</PageTitle>
        <span className="grow" />
        <Select className="find" aria-label={t('setup.package')} value={pkg} onChange={setPkg} options={[{ value: '', label: t('translations.allPackages') }, ...Object.keys(all).map((p) => ({ value: p, label: p }))]} />
      </div>
      <p role="status">{rows.length ? t('translations.missing', { count: rows.length }) : t('translations.complete')}</p>
      {rows.length > 0 && (
        <div className="card scroll-x" tabIndex={0} role="region" aria-label={t('setup.page.translations')}>
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t('translations.text')}</th>
                <th>{t('translations.place')}</th>
                <th>{t('translations.translation')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.slice(0, most).map((m) => (
                <tr key={`${m.pkg}/${m.path}/${m.at.join('.')}`}>
                  <td>{Object.values(m.texts)[0]}</td>
                  <td className="mono clip">
                    {m.pkg}/{m.path} {m.at.join('.')}
                  </td>
                  <td>
                    {m.lacks.map((l) => (
                      <Input
                        key={l}
                        lang={l}
                        aria-label={t('translations.of', { text: Object.values(m.texts)[0], locale: l })}
                        placeholder={l}
                        onBlur={(e) => e.target.value && edit((now) => withDoc(now, m, translated(now, m, l, e.target.value)))}
                      />
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}
