// The start of the designer: all that can be changed, by what a person wants.
import { createLazyRoute } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PageTitle } from '@/shared/ui/page';
import { groups, SetupLink } from '../navigation';

export const Route = createLazyRoute('/_shell/setup/')({ component: Home });

function Home() {
  const { t } = useTranslation();
  return (
    <div className="page">
      <PageTitle>{t('setup.title')}</PageTitle>
      <div className="cards">
        {groups.map((g) => (
          <section key={g.name} className="card" aria-labelledby={`group-${g.name}`}>
            <h2 id={`group-${g.name}`}>{t(`setup.group.${g.name}`)}</h2>
            <ul className="links">
              {g.pages.map((p) => (
                <li key={p.name}>
                  <SetupLink page={p} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </div>
  );
}
