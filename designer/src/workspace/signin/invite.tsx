// The first password of a login: who was invited has a token, which stands behind the # of the address, where no
// server and no log sees it.
import { useMutation } from '@tanstack/react-query';
import { createLazyRoute, useNavigate } from '@tanstack/react-router';
import { Alert, Button, Input } from 'antd';
import { useState } from 'react';
import { Controller, useForm } from 'react-hook-form';
import { useTranslation } from 'react-i18next';
import { call } from '@/shared/api/http';
import { Labelled } from '@/shared/ui/labelled';
import { PageTitle } from '@/shared/ui/page';
import '../account/texts';

export const Route = createLazyRoute('/invite')({ component: Invite });

interface Values {
  token: string;
  password: string;
  again: string;
}

function Invite() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [given] = useState(() => location.hash.slice(1));
  const { control, handleSubmit, formState, getValues } = useForm<Values>({ defaultValues: { token: given, password: '', again: '' } });
  const set = useMutation({
    mutationFn: async (v: Values) => {
      const { data } = await call<{ data: { login: string } }>('/password', { json: { token: v.token.trim(), password: v.password }, quiet: true });
      await call('/login', { json: { login: data.login, password: v.password }, quiet: true });
    },
    onSuccess: () => void navigate({ to: '/', replace: true }),
  });
  const errors = formState.errors;
  return (
    <main className="signin">
      <form className="card" onSubmit={handleSubmit((v) => set.mutate(v))} noValidate>
        <PageTitle>{t('invite.title')}</PageTitle>
        {set.error && <Alert type="error" showIcon title={set.error.message} />}
        {!given && (
          <Labelled label={t('invite.token')} error={errors.token?.message} required>
            {(a) => <Controller control={control} name="token" rules={{ required: t('invite.needToken') }} render={({ field }) => <Input {...a} {...field} autoComplete="off" size="large" />} />}
          </Labelled>
        )}
        <Labelled label={t('account.new')} help={t('account.newHelp')} error={errors.password?.message} required>
          {(a) => <Controller control={control} name="password" rules={{ required: t('signin.needPassword') }} render={({ field }) => <Input {...a} {...field} type="password" autoComplete="new-password" autoFocus size="large" />} />}
        </Labelled>
        <Labelled label={t('account.again')} error={errors.again?.message} required>
          {(a) => (
            <Controller
              control={control}
              name="again"
              rules={{ validate: (v) => v === getValues('password') || t('account.notSame') }}
              render={({ field }) => <Input {...a} {...field} type="password" autoComplete="new-password" size="large" />}
            />
          )}
        </Labelled>
        <Button type="primary" htmlType="submit" size="large" block loading={set.isPending}>
          {t('invite.submit')}
        </Button>
      </form>
    </main>
  );
}
