// Packages: what is installed, and how others are installed or upgraded, with what both sides changed.
import { FolderOpenOutlined, InboxOutlined } from '@ant-design/icons';
import { useMutation } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { Alert, Button, Checkbox, Dropdown, Modal, Radio } from 'antd';
import { lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { PageTitle } from '@/shared/ui/page';
import { read, tenant, type Files } from '../model/files';
import { base64, dependants, newer } from '../model/packages';
import { admin, type Conflict, type Installed, type Plan } from '../setup/api';
import { useDraft } from '../setup/draft';
import { Review, useApply } from '.';

const Settings = lazy(() => import('./settings'));

export const Route = createLazyRoute('/_shell/setup/packages')({ component: Packages });

interface Archive {
  name: string;
  version: string;
  signer: string | null;
  files: Files;
}

interface Wanted {
  packages?: Record<string, Files>;
  remove?: string[];
  archive?: Omit<Archive, 'files'>; // as it was opened
}

const addressOf = (c: Conflict) => `${c.package}:${c.file}#${c.path}`;

/** openArchive lets the server look into an archive, which refuses one that is not whole. */
const openArchive = async (file: File): Promise<Archive> => {
  const content = base64(new Uint8Array(await file.arrayBuffer()));
  return (await admin<{ archive: Archive }>('query($c: String!) { archive(content: $c) { name version signer files } }', { c: content })).archive;
};

/** readFolder reads the folder of a package as people write it. */
async function readFolder(list: FileList): Promise<Archive | undefined> {
  const files: Files = {};
  for (const f of list) {
    const path = f.webkitRelativePath.split('/').slice(1).join('/');
    if (/\.(json|js)$/.test(path) && !path.split('/').some((p) => p.startsWith('.'))) files[path] = await f.text();
  }
  const manifest = read(files['tenon.json']);
  return typeof manifest?.name === 'string' ? { name: manifest.name, version: String(manifest.version ?? ''), signer: null, files } : undefined;
}

function Packages() {
  const { t } = useTranslation();
  const d = useDraft();
  const [wanted, setWanted] = useState<Wanted>();
  const [settle, setSettle] = useState<Record<string, string>>({});
  const [demo, setDemo] = useState(false);
  const [settings, setSettings] = useState<Installed>();
  const folder = useRef<HTMLInputElement>(null);
  const file = useRef<HTMLInputElement>(null);
  const plan = useMutation({
    mutationFn: (w: Wanted & { settle?: Record<string, string>; runs?: Record<string, string> }) => admin<{ plan: Plan }>('mutation($p: Packages, $r: [String!], $s: JSON, $runs: JSON) { plan(packages: $p, remove: $r, settle: $s, runs: $runs) }', { p: w.packages, r: w.remove, s: w.settle, runs: w.runs }).then((x) => x.plan),
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
    setDemo(false);
    plan.mutate(w);
  };
  const opening = useMutation({
    mutationFn: async ({ from, list }: { from: 'file' | 'folder'; list: FileList }) => {
      const a = from === 'file' ? await openArchive(list[0]!) : await readFolder(list);
      if (!a) throw new Error(t('packages.bad'));
      return a;
    },
    onMutate: () => {
      plan.reset();
      setWanted(undefined);
    },
    onSuccess: ({ files, ...archive }) => begin({ packages: { [archive.name]: files }, archive }),
  });
  const take = (from: 'file' | 'folder', input: HTMLInputElement) => {
    const list = input.files;
    if (list?.length) opening.mutate({ from, list }, { onSettled: () => (input.value = '') });
  };
  const conflicts = plan.data?.conflicts ?? [];
  const planned = plan.variables?.settle ?? {};
  const asPlanned = conflicts.every((c) => settle[addressOf(c)] === planned[addressOf(c)]);
  const had = wanted?.archive && d.installed.find((p) => p.name === wanted.archive!.name);
  const stale = !!had && !!wanted?.archive && newer(wanted.archive.version, had.version) <= 0;
  return (
    <div className="page">
      <div className="bar">
        <PageTitle>{t('setup.page.packages')}</PageTitle>
        <span className="grow" />
        <input ref={file} type="file" hidden accept=".tenon" aria-label={t('packages.archive')} onChange={(e) => take('file', e.target)} />
        <input ref={folder} type="file" hidden aria-label={t('packages.folder')} {...{ webkitdirectory: '' }} onChange={(e) => take('folder', e.target)} />
        <Button icon={<FolderOpenOutlined />} onClick={() => folder.current?.click()}>
          {t('packages.installFolder')}
        </Button>
        <Button type="primary" icon={<InboxOutlined />} loading={opening.isPending} onClick={() => file.current?.click()}>
          {t('packages.install')}
        </Button>
      </div>
      {opening.error && <Alert className="section" type="error" showIcon title={opening.error.message} />}
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
              <Row key={p.name} of={p} onSettings={() => setSettings(p)} onRemove={(names) => begin({ remove: names })} />
            ))}
          </tbody>
        </table>
      </div>
      {wanted?.archive && (
        <section className="card section" aria-labelledby="archive-title">
          <h2 id="archive-title">
            {t(had ? 'packages.upgradeOf' : 'packages.installOf', { name: wanted.archive.name, version: wanted.archive.version })}
          </h2>
          {had && <p>{t('packages.had', { version: had.version })}</p>}
          <p className="packages-signer">{wanted.archive.signer ? t('packages.signed', { key: wanted.archive.signer }) : t('packages.unsigned')}</p>
          {stale && <Alert type="warning" showIcon title={t('packages.stale')} />}
          {!had && (
            <Checkbox checked={demo} onChange={(e) => setDemo(e.target.checked)}>
              {t('packages.withDemo')}
            </Checkbox>
          )}
        </section>
      )}
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
          <div className="settle-bar">
            <Button disabled={conflicts.some((c) => !settle[addressOf(c)])} loading={plan.isPending} onClick={() => plan.mutate({ ...wanted, settle })}>
              {t('packages.settle')}
            </Button>
          </div>
        </section>
      )}
      {plan.data && wanted && asPlanned && <Review plan={plan.data} applying={apply} onRuns={(flow, how) => plan.mutate({ ...plan.variables!, runs: { ...plan.variables?.runs, [flow]: how } })} onApply={(message, destructive) => apply.mutate({ plan: plan.data, packages: wanted.packages, message, destructive, demo })} />}
      {settings && (
        <Suspense>
          <Settings of={settings} onClose={() => setSettings(undefined)} />
        </Suspense>
      )}
    </div>
  );
}

function Row({ of: p, onSettings, onRemove }: { of: Installed; onSettings: () => void; onRemove: (names: string[]) => void }) {
  const { t } = useTranslation();
  const { active, installed } = useDraft();
  const [asking, setAsking] = useState(false);
  const hasDemo = Object.entries(active[p.name] ?? {}).some(([path, text]) => path.startsWith('data/') && read(text)?.demo === true);
  const settings = Object.keys((read(active[p.name]?.['tenon.json'])?.settings as object | undefined) ?? {}).length > 0;
  const needing = dependants(installed, p.name);
  const demo = useMutation({ mutationFn: () => admin<{ removeDemo: { removed: number; kept: string[] } }>('mutation($p: String!) { removeDemo(package: $p) { removed kept } }', { p: p.name }).then((d) => d.removeDemo) });
  const items = [
    ...(settings ? [{ key: 'settings', label: t('packages.settings') }] : []),
    ...(hasDemo ? [{ key: 'demo', label: t('packages.removeDemo') }] : []),
    ...(p.name !== tenant ? [{ key: 'remove', danger: true, label: t('packages.remove') }] : []),
  ];
  const choose = (key: string) => (key === 'settings' ? onSettings() : key === 'demo' ? demo.mutate() : setAsking(true));
  return (
    <tr>
      <td>{p.label}</td>
      <td className="mono">{p.name}</td>
      <td>{p.version}</td>
      <td>{Object.keys(p.requires).join(', ')}</td>
      <td>
        {items.length > 0 && (
          <Dropdown trigger={['click']} menu={{ items, onClick: ({ key }) => choose(key) }}>
            <Button size="small" aria-haspopup="menu" loading={demo.isPending} aria-label={t('packages.actionsOf', { name: p.label })}>
              {t('packages.more')}
            </Button>
          </Dropdown>
        )}
        <Modal
          open={asking}
          title={t('packages.removeAsk', { name: p.label })}
          okText={t(needing.length > 0 ? 'packages.planRemoveAll' : 'packages.planRemove')}
          cancelText={t('form.cancel')}
          onCancel={() => setAsking(false)}
          onOk={() => {
            setAsking(false);
            onRemove([p.name, ...needing.map((n) => n.name)]);
          }}
        >
          {needing.length > 0 && <p>{t('packages.needed', { names: needing.map((n) => n.label).join(', ') })}</p>}
        </Modal>
        <div role="status">
          {demo.data && t('packages.demoRemoved', { count: demo.data.removed })} {demo.data && demo.data.kept.length > 0 && t('packages.demoKept', { count: demo.data.kept.length })}
        </div>
        {demo.error && <div className="field-error">{demo.error.message}</div>}
      </td>
    </tr>
  );
}
