// Signing in with a password, a code where the account asks for one, or an OpenID provider.
import { useMutation } from '@tanstack/react-query';
import { createLazyRoute, useSearch } from '@tanstack/react-router';
import { Alert, Button, Input } from 'antd';
import { useRef, useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { setLocale } from '@/i18n';
import { ApiError, call } from '@/shared/api/http';
import { Labelled } from '@/shared/ui/labelled';
import { PageTitle } from '@/shared/ui/page';
import { inside } from './next';

export const Route = createLazyRoute('/signin')({ component: SignIn });

interface Values {
  login: string;
  password: string;
  code: string;
}

function SignIn() {
  const { t, i18n } = useTranslation();
  const { next } = useSearch({ from: '/signin' });
  const [needsCode, setNeedsCode] = useState(false);
  const codeInput = useRef<HTMLInputElement>(null);
  const { control, handleSubmit, formState } = useForm<Values>({ defaultValues: { login: '', password: '', code: '' } });
  const signIn = useMutation({
    mutationFn: (v: Values) => call('/login', { json: { login: v.login, password: v.password, ...(needsCode ? { code: v.code } : {}) }, quiet: true }),
    onSuccess: () => location.assign(inside(next)),
    onError: (e) => {
      if (e instanceof ApiError && e.details.totp === 'required') {
        setNeedsCode(true);
        setTimeout(() => codeInput.current?.focus());
      }
    },
  });
  const asked = signIn.error instanceof ApiError && signIn.error.details.totp === 'required';
  const errors = formState.errors;
  return (
    <main className="signin">
      <form className="card" onSubmit={handleSubmit((v) => signIn.mutate(v))} noValidate>
        <PageTitle>{t('signin.title')}</PageTitle>
        {signIn.error && !asked && <Alert type="error" showIcon title={signIn.error.message} />}
        <Labelled label={t('signin.login')} error={errors.login?.message} required>
          {(a) => <Controller control={control} name="login" rules={{ required: t('signin.needLogin') }} render={({ field }) => <Input {...a} {...field} autoComplete="username" autoFocus size="large" />} />}
        </Labelled>
        <Labelled label={t('signin.password')} error={errors.password?.message} required>
          {(a) => (
            <Controller control={control} name="password" rules={{ required: t('signin.needPassword') }} render={({ field }) => <Input {...a} {...field} type="password" autoComplete="current-password" size="large" />} />
          )}
        </Labelled>
        {needsCode && (
          <Labelled label={t('signin.code')} help={t('signin.codeHelp')} error={errors.code?.message} required>
            {(a) => (
              <Controller
                control={control}
                name="code"
                rules={{ required: t('signin.needCode') }}
                render={({ field }) => <Input {...a} {...field} ref={(r) => void (codeInput.current = r?.input ?? null)} autoComplete="one-time-code" inputMode="numeric" size="large" />}
              />
            )}
          </Labelled>
        )}
        <Button type="primary" htmlType="submit" size="large" block loading={signIn.isPending}>
          {t('signin.submit')}
        </Button>
        {document.documentElement.dataset.oidc === 'yes' && (
          <Button size="large" block href="/login/oidc">
            {t('signin.oidc')}
          </Button>
        )}
        <Button type="link" lang={i18n.language === 'zh-CN' ? 'en' : 'zh-CN'} onClick={() => setLocale(i18n.language === 'zh-CN' ? 'en' : 'zh-CN')}>
          {t('app.language')}
        </Button>
      </form>
    </main>
  );
}
