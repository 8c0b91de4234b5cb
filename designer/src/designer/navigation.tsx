// The pages of the designer, by what a person wants.
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import './texts';

export interface Page {
  name: string;
  to: '/setup/objects' | '/setup/files/$kind' | '/setup/access' | '/setup/approvals' | '/setup/flows' | '/setup/failures' | '/setup/publish' | '/setup/history' | '/setup/packages' | '/setup/translations' | '/setup/audit';
  kind?: string;
}

const files = (kind: string): Page => ({ name: kind, to: '/setup/files/$kind', kind });

export const groups: { name: string; pages: Page[] }[] = [
  { name: 'data', pages: [{ name: 'objects', to: '/setup/objects' }, files('picklist'), files('app')] },
  { name: 'access', pages: [{ name: 'access', to: '/setup/access' }, files('role'), files('sharing')] },
  { name: 'process', pages: [{ name: 'approvals', to: '/setup/approvals' }, { name: 'flow', to: '/setup/flows' }, { name: 'failures', to: '/setup/failures' }, files('table')] },
  { name: 'code', pages: [files('script')] },
  { name: 'release', pages: [{ name: 'publish', to: '/setup/publish' }, { name: 'history', to: '/setup/history' }, { name: 'packages', to: '/setup/packages' }, { name: 'translations', to: '/setup/translations' }, { name: 'audit', to: '/setup/audit' }] },
];

export function SetupLink({ page }: { page: Page }) {
  const { t } = useTranslation();
  return (
    <Link to={page.to} params={page.kind ? { kind: page.kind } : undefined}>
      {t(`setup.page.${page.name}`)}
    </Link>
  );
}

export default function SetupNavigation() {
  const { t } = useTranslation();
  return (
    <>
      <ul className="nav">
        <li>
          <Link to="/">{t('setup.leave')}</Link>
        </li>
      </ul>
      {groups.map((g) => (
        <section key={g.name}>
          <h2 className="nav-group">{t(`setup.group.${g.name}`)}</h2>
          <ul className="nav">
            {g.pages.map((p) => (
              <li key={p.name}>
                <SetupLink page={p} />
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}
