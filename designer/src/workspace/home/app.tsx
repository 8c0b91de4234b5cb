// One app: what it holds.
import { createLazyRoute, useParams } from '@tanstack/react-router';
import { NotFound } from '@/app/states';
import { NavLink } from '@/app/navigation';
import { useIndex, useText } from '@/shared/meta/load';
import { PageTitle } from '@/shared/ui/page';

export const Route = createLazyRoute('/_shell/app/$app')({ component: AppPage });

function AppPage() {
  const { app: name } = useParams({ strict: false });
  const text = useText();
  const app = useIndex().apps.find((a) => a.name === name);
  if (!app) return <NotFound />;
  return (
    <div className="page">
      <PageTitle>{text(app.label)}</PageTitle>
      {app.help && <p>{text(app.help)}</p>}
      <ul className="tiles">
        {app.items.map((item, i) => (
          <li key={i}>
            <NavLink item={item} />
          </li>
        ))}
      </ul>
    </div>
  );
}
