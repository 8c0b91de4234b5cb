// One's own account: language and theme, password, authenticator, sessions.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { createLazyRoute } from '@tanstack/react-router';
import { Alert, App, Button, Segmented } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/app/session';
import { setMode, useMode, type Mode } from '@/app/theme';
import { setLocale, type Locale } from '@/i18n';
import { instant } from '@/shared/meta/format';
import { useIndex } from '@/shared/meta/load';
import { PageTitle } from '@/shared/ui/page';
import { changePassword, endSession, sessionsQuery } from './api';
import { Secret } from './secret';
import { Disable, Enrol } from './totp';
import './texts';

export const Route = createLazyRoute('/_shell/me')({ component: Account });

function Account() {
  const { t } = useTranslation();
  const me = useMe();
  return (
    <div className="page account">
      <PageTitle>{t('app.account')}</PageTitle>
      <p>
        {me?.name ?? me?.login} {me?.name && <span className="quiet">{me.login}</span>}
      </p>
      <Appearance />
      <Password />
      <Authenticator />
      <Sessions />
    </div>
  );
}

function Appearance() {
  const { t, i18n } = useTranslation();
  const mode = useMode();
  return (
    <section className="card section">
      <h2>{t('account.appearance')}</h2>
      <div className="steps">
        <Segmented
          aria-label={t('account.language')}
          value={i18n.language}
          options={[
            { value: 'zh-CN', label: <span lang="zh-CN">{t('account.zh')}</span> },
            { value: 'en', label: <span lang="en">{t('account.en')}</span> },
          ]}
          onChange={(v) => setLocale(v as Locale)}
        />
        <Segmented
          aria-label={t('account.theme')}
          value={mode}
          options={[
            { value: 'light', label: t('app.light') },
            { value: 'dark', label: t('app.dark') },
          ]}
          onChange={(v) => setMode(v as Mode)}
        />
      </div>
    </section>
  );
}

function Password() {
  const { t } = useTranslation();
  const { notification } = App.useApp();
  const client = useQueryClient();
  const none = { old: '', new: '', again: '' };
  const [v, setV] = useState(none);
  const go = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      setV(none);
      notification.success({ title: t('account.changed'), placement: 'bottomRight' });
      void client.invalidateQueries({ queryKey: ['me'] });
    },
  });
  const differ = v.again !== '' && v.again !== v.new;
  return (
    <section className="card section">
      <h2>{t('account.password')}</h2>
      <form
        className="steps"
        onSubmit={(e) => {
          e.preventDefault();
          go.mutate({ old: v.old, new: v.new });
        }}
      >
        {go.error && <Alert type="error" showIcon title={go.error.message} />}
        <Secret label={t('account.old')} value={v.old} onChange={(old) => setV({ ...v, old })} />
        <Secret label={t('account.new')} help={t('account.newHelp')} kind="new-password" value={v.new} onChange={(x) => setV({ ...v, new: x })} />
        <Secret label={t('account.again')} error={differ ? t('account.notSame') : undefined} kind="new-password" value={v.again} onChange={(again) => setV({ ...v, again })} />
        <Button type="primary" htmlType="submit" disabled={!v.old || !v.new || v.again !== v.new} loading={go.isPending}>
          {t('account.change')}
        </Button>
      </form>
    </section>
  );
}

function Authenticator() {
  const { t } = useTranslation();
  const me = useMe();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  if (!me) return null;
  const done = () => {
    setOpen(false);
    void client.invalidateQueries({ queryKey: ['me'] });
  };
  return (
    <section className="card section">
      <h2>{t('totp.title')}</h2>
      <p>{t(me.totp ? 'totp.on' : 'totp.off')}</p>
      {open ? me.totp ? <Disable onDone={done} /> : <Enrol onDone={done} /> : <Button onClick={() => setOpen(true)}>{t(me.totp ? 'totp.disable' : 'totp.begin')}</Button>}
    </section>
  );
}

function Sessions() {
  const { t, i18n } = useTranslation();
  const { zone } = useIndex();
  const client = useQueryClient();
  const list = useQuery(sessionsQuery());
  const end = useMutation({ mutationFn: endSession, onSettled: () => client.invalidateQueries({ queryKey: ['me', 'sessions'] }) });
  const error = list.error ?? end.error;
  return (
    <section className="card section">
      <h2>{t('account.sessions')}</h2>
      {error && <Alert type="error" showIcon title={error.message} />}
      <ul className="filelist">
        {list.data?.map((s) => (
          <li key={s.id}>
            <span className="long">{s.agent}</span>{' '}
            <span className="quiet">
              {s.address} · {t('account.used', { at: instant(s.usedAt, i18n.language, zone) })}
            </span>{' '}
            {s.current ? (
              <strong>{t('account.thisOne')}</strong>
            ) : (
              <Button size="small" loading={end.isPending && end.variables === s.id} onClick={() => end.mutate(s.id)}>
                {t('account.end')}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
