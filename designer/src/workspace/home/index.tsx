// The start page: the apps, and what each holds.
import { createLazyRoute } from '@tanstack/react-router';
import { Empty } from 'antd';
import { useTranslation } from 'react-i18next';
import { useIndex, useText } from '@/shared/meta/load';
import { PageTitle } from '@/shared/ui/page';
import { NavLink } from '@/app/navigation';

export const Route = createLazyRoute('/_shell/')({ component: Home });

function Home() {
  const { t } = useTranslation();
  const text = useText();
  const { apps } = useIndex();
  return (
    <div className="page">
      <PageTitle>{t('app.launcher')}</PageTitle>
      {apps.length === 0 && <Empty description={t('app.noApps')} />}
      <div className="cards">
        {apps.map((a) => (
          <section key={a.name} className="card" aria-labelledby={`app-${a.name}`}>
            <h2 id={`app-${a.name}`}>{text(a.label)}</h2>
            {a.help && <p>{text(a.help)}</p>}
            <ul className="links">
              {a.items.map((item, i) => (
                <li key={i}>
                  <NavLink item={item} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}
