// What is shown in place of a page: while it loads, when it fails, when there is none.
import { Button, Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link, useRouter, type ErrorComponentProps } from '@tanstack/react-router';

export function Loading() {
  const { t } = useTranslation();
  return (
    <div className="state" role="status">
      <Spin />
      <span className="sr-only">{t('app.loading')}</span>
    </div>
  );
}

export function Failed({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  return (
    <div className="state" role="alert">
      <h1>{t('error.title')}</h1>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      <Button
        onClick={() => {
          reset();
          void router.invalidate();
        }}
      >
        {t('error.retry')}
      </Button>
    </div>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className="state">
      <h1>{t('error.notFound')}</h1>
      <Link to="/">{t('app.home')}</Link>
    </div>
  );
}
