// The frame of every page: header, navigation of an app, and the page itself.
import { AppstoreOutlined, MenuOutlined, MoonOutlined, SunOutlined, UserOutlined } from '@ant-design/icons';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { Button, Drawer, Dropdown, type MenuProps } from 'antd';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { setLocale } from '@/i18n';
import { useIndex, useText } from '@/shared/meta/load';
import { Bell } from './bell';
import { Search } from './search';
import { Loading } from './states';
import { signOut, useMe } from './session';
import { setMode, useMode } from './theme';
import { Navigation } from './navigation';
import { useCurrentApp } from './current';

const SetupNavigation = lazy(() => import('@/designer/navigation'));

export function Shell() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useEffect(() => {
    setOpen(false);
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [pathname]);
  const navigation = /^\/setup(\/|$)/.test(pathname) ? (
    <Suspense fallback={null}>
      <SetupNavigation />
    </Suspense>
  ) : (
    <Navigation />
  );
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t('app.skip')}
      </a>
      <Header onMenu={() => setOpen(true)} />
      <nav className="side" aria-label={t('app.menu')}>
        {navigation}
      </nav>
      <Drawer open={open} onClose={() => setOpen(false)} placement="left" size={280} title={t('app.menu')} styles={{ body: { padding: 8 } }}>
        {navigation}
      </Drawer>
      <main id="main" ref={main} tabIndex={-1}>
        <Suspense fallback={<Loading />}>
          <Outlet />
        </Suspense>
      </main>
    </div>
  );
}

function Header({ onMenu }: { onMenu: () => void }) {
  const { t, i18n } = useTranslation();
  const text = useText();
  const index = useIndex();
  const navigate = useNavigate();
  const app = useCurrentApp();
  const mode = useMode();
  const me = useMe();
  const apps: MenuProps['items'] = index.apps.map((a) => ({ key: a.name, label: text(a.label) }));
  const other = mode === 'dark' ? 'light' : 'dark';
  return (
    <header className="top">
      <Button className="narrow" type="text" icon={<MenuOutlined />} aria-label={t('app.menu')} onClick={onMenu} />
      <Dropdown menu={{ items: apps, selectedKeys: app ? [app.name] : [], onClick: ({ key }) => void navigate({ to: '/app/$app', params: { app: key } }) }} trigger={['click']}>
        <Button type="text" icon={<AppstoreOutlined />} aria-haspopup="menu" className="launcher">
          {app ? text(app.label) : t('app.launcher')}
        </Button>
      </Dropdown>
      <span className="grow" />
      <Link to="/" className="brand">
        Tenon
      </Link>
      <span className="grow" />
      <Search />
      <Bell />
      <Button type="text" className="wide-only" icon={mode === 'dark' ? <SunOutlined /> : <MoonOutlined />} aria-label={t(`app.${other}`)} onClick={() => setMode(other)} />
      <Dropdown
        trigger={['click']}
        menu={{
          items: [
            { key: 'me', label: <Link to="/me">{me?.name ?? me?.login ?? t('app.account')}</Link> },
            { key: 'language', label: <span lang={i18n.language === 'zh-CN' ? 'en' : 'zh-CN'}>{t('app.language')}</span> },
            { key: 'theme', label: t(`app.${other}`) },
            ...(me?.admin || index.rights.includes('manageMetadata') ? [{ key: 'setup', label: t('app.setup') }] : []),
            { key: 'docs', label: <a href="/docs">{t('app.docs')}</a> },
            { type: 'divider' },
            { key: 'out', label: t('app.signOut') },
          ],
          onClick: ({ key }) => {
            if (key === 'language') setLocale(i18n.language === 'zh-CN' ? 'en' : 'zh-CN');
            if (key === 'theme') setMode(other);
            if (key === 'setup') void navigate({ to: '/setup' });
            if (key === 'out') void signOut();
          },
        }}
      >
        <Button type="text" icon={<UserOutlined />} aria-label={t('app.account')} aria-haspopup="menu" />
      </Dropdown>
    </header>
  );
}
