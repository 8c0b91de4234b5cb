// Layouts, list views and actions of an object: each a file of its own.
import { PlusOutlined } from '@ant-design/icons';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { titleOf } from '../form';
import { filesOf, objectOf, tenant, withDoc } from '../model/files';
import { isDoc, nameOf, type Doc } from '../model/overlay';
import { fresh } from '../model/places';
import { useDraft } from '../setup/draft';
import { pairOf } from '../texts';

type Kind = 'layout' | 'view' | 'action';

/** started is what a new one begins with: all fields that people type. */
function started(kind: Kind, name: string, fields: Doc[]): Doc {
  const names = fields.map((f) => String(f.name));
  if (kind === 'layout') return { name, label: pairOf('layout.new'), sections: [{ label: pairOf('layout.section'), columns: 2, fields: names.map((field) => ({ field })) }] };
  if (kind === 'view') return { name, label: pairOf('view.new'), columns: names.slice(0, 6) };
  return { name, label: pairOf('action.new'), steps: [] };
}

export function Screens({ object, kind }: { object: string; kind: Kind }) {
  const { t, i18n } = useTranslation();
  const { all, edit } = useDraft();
  const navigate = useNavigate();
  const rows = useMemo(() => filesOf(all, new RegExp(`^objects/${object}/${kind}s/[^/]+\\.json$`)), [all, object, kind]);
  const to = (pkg: string, path: string) =>
    kind === 'layout' ? { to: '/setup/objects/$object/layouts/$layout' as const, params: { object, layout: path.split('/').at(-1)!.replace('.json', '') } } : { to: '/setup/files/$kind/$pkg/$' as const, params: { kind, pkg, _splat: path } };
  const add = () => {
    const fields = ((objectOf(all, object)?.doc.fields as Json[] | undefined) ?? []).filter(isDoc);
    const name = fresh(kind === 'layout' ? 'main' : kind === 'view' ? 'all' : 'action', rows.map((r) => nameOf(r.doc) ?? ''));
    const path = `objects/${object}/${kind}s/${name}.json`;
    edit((now) => withDoc(now, { pkg: tenant, path }, started(kind, name, fields)));
    void navigate(to(tenant, path));
  };
  return (
    <div className="card">
      <Button type="primary" icon={<PlusOutlined />} onClick={add}>
        {t(`objects.add.${kind}`)}
      </Button>
      {rows.length === 0 && <p className="quiet">{t(`objects.none.${kind}`)}</p>}
      <ul className="links">
        {rows.map((r) => (
          <li key={`${r.pkg}/${r.path}`}>
            <Link {...to(r.pkg, r.path)}>{titleOf(r.doc, i18n.language) || r.path}</Link> <span className="quiet">{r.pkg}</span> {r.changed && r.pkg !== tenant && <span className="quiet">{t('setup.changed')}</span>}
          </li>
        ))}
      </ul>
    </div>
  );
}
