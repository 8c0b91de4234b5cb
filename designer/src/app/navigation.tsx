import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useIndex, useText } from '@/shared/meta/load';
import type { NavItem } from '@/shared/meta/types';
import { useCurrentApp } from './current';

/** Navigation lists what the current app has. */
export function Navigation() {
  const { t } = useTranslation();
  const app = useCurrentApp();
  const imports = useIndex().rights.includes('import');
  return (
    <ul className="nav">
      <li>
        <Link to="/" activeOptions={{ exact: true }}>
          {t('app.home')}
        </Link>
      </li>
      <li>
        <Link to="/inbox">{t('app.inbox')}</Link>
      </li>
      {app?.items.map((item, i) => (
        <li key={i}>
          <NavLink item={item} />
        </li>
      ))}
      {imports && (
        <li>
          <Link to="/imports" search={{}}>
            {t('app.imports')}
          </Link>
        </li>
      )}
    </ul>
  );
}

export function NavLink({ item }: { item: NavItem }) {
  const text = useText();
  if (item.object)
    return (
      <Link to="/o/$object" params={{ object: item.object }} search={{ view: item.view }} activeOptions={{ includeSearch: !!item.view }}>
        {text(item.label)}
      </Link>
    );
  if (item.url)
    return (
      <a href={item.url} rel="noreferrer" target="_blank">
        {text(item.label)}
      </a>
    );
  return <Link to={item.page ?? '/'}>{text(item.label)}</Link>;
}
