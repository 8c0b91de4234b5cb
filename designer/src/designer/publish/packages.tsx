// Packages: what is installed, and how others are installed or upgraded, with what both sides changed.
import { InboxOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { Alert, Button, Popconfirm, Radio } from 'antd';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PageTitle } from '@/shared/ui/page';
import { read, tenant, type Files } from '../model/files';
import { admin, type Conflict, type Plan } from '../setup/api';
import { useDraft } from '../setup/draft';
import { Review, useApply } from '.';

export const Route = createLazyRoute('/_shell/setup/packages')({ component: Packages });

interface Wanted {
  packages?: Record<string, Files>;
  remove?: string[];
}

const addressOf = (c: Conflict) => `${c.package}:${c.file}#${c.path}`;

function Packages() {
  const { t } = useTranslation();
  const d = useDraft();
  const [wanted, setWanted] = useState<Wanted>();
  const [settle, setSettle] = useState<Record<string, string>>({});
  const [bad, setBad] = useState(false);
  const folder = useRef<HTMLInputElement>(null);
  const plan = useMutation({
    mutationFn: (w: Wanted & { settle?: Record<string, string> }) => admin<{ plan: Plan }>('mutation($p: Packages, $r: [String!], $s: JSON) { plan(packages: $p, remove: $r, settle: $s) }', { p: w.packages, r: w.remove, s: w.settle }).then((x) => x.plan),
  });
  const apply = useApply(async () => {
    plan.reset();
    setWanted(undefined);
    setSettle({});
    await d.reload();
  });
  const begin = (w: Wanted) => {
    setWanted(w);
    setSettle({});
    plan.mutate(w);
  };
  const choose = async (list: FileList | null) => {
    const files: Files = {};
    for (const f of list ?? []) {
      const path = f.webkitRelativePath.split('/').slice(1).join('/');
      if (/\.(json|js)$/.test(path) && !path.split('/').some((p) => p.startsWith('.'))) files[path] = await f.text();
    }
    const name = read(files['tenon.json'])?.name;
    setBad(typeof name !== 'string');
    if (typeof name === 'string') begin({ packages: { [name]: files } });
  };
  const conflicts = plan.data?.conflicts ?? [];
  return (
    <div className="page">
      <div className="bar">
        <PageTitle>{t('setup.page.packages')}</PageTitle>
        <span className="grow" />
        <input ref={folder} type="file" hidden aria-label={t('packages.folder')} {...{ webkitdirectory: '' }} onChange={(e) => void choose(e.target.files)} />
        <Button icon={<InboxOutlined />} onClick={() => folder.current?.click()}>
          {t('packages.install')}
        </Button>
      </div>
      {bad && <Alert type="error" title={t('packages.bad')} />}
      <div className="card section scroll-x" tabIndex={0} role="region" aria-label={t('setup.page.packages')}>
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t('setup.label')}</th>
              <th>{t('setup.name')}</th>
              <th>{t('packages.version')}</th>
              <th>{t('packages.requires')}</th>
              <th>{t('setup.actions')}</th>
            </tr>
          </thead>
          <tbody>
            {d.installed.map((p) => (
              <tr key={p.name}>
                <td>{p.label}</td>
                <td className="mono">{p.name}</td>
                <td>{p.version}</td>
                <td>{Object.keys(p.requires).join(', ')}</td>
                <td>
                  {p.name !== tenant && (
                    <Popconfirm title={t('packages.removeAsk', { name: p.label })} okText={t('packages.planRemove')} cancelText={t('form.cancel')} onConfirm={() => begin({ remove: [p.name] })}>
                      <Button size="small" danger>
                        {t('packages.remove')}
                      </Button>
                    </Popconfirm>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {plan.isPending && <p role="status">{t('publish.planning')}</p>}
      {plan.error && <Alert type="error" showIcon title={plan.error.message} />}
      {conflicts.length > 0 && wanted && (
        <section className="card section" aria-labelledby="conflicts-title">
          <h2 id="conflicts-title">{t('packages.conflicts')}</h2>
          {conflicts.map((c) => (
            <fieldset key={addressOf(c)} className="field group">
              <legend className="mono">{addressOf(c)}</legend>
              <Radio.Group
                vertical
                value={settle[addressOf(c)]}
                onChange={(e) => setSettle({ ...settle, [addressOf(c)]: e.target.value as string })}
                options={[
                  { value: 'local', label: t('packages.local', { value: JSON.stringify(c.local ?? null) }) },
                  { value: 'vendor', label: t('packages.vendor', { value: JSON.stringify(c.vendor ?? null) }) },
                ]}
              />
            </fieldset>
          ))}
          <Button disabled={conflicts.some((c) => !settle[addressOf(c)])} onClick={() => plan.mutate({ ...wanted, settle })}>
            {t('packages.settle')}
          </Button>
        </section>
      )}
      {plan.data && wanted && <Review plan={plan.data} applying={apply} onApply={(message, destructive) => apply.mutate({ plan: plan.data, packages: wanted.packages, message, destructive })} />}
    </div>
  );
}
