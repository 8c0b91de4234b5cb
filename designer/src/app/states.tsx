// What is shown in place of a page: while it loads, when it fails, when there is none.
import { Button, Result, Spin } from 'antd';
import { useTranslation } from 'react-i18next';
import { useRouter, type ErrorComponentProps } from '@tanstack/react-router';

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
      <Result
        status="warning"
        title={t('error.title')}
        subTitle={error instanceof Error ? error.message : String(error)}
        extra={
          <Button
            onClick={() => {
              reset();
              void router.invalidate();
            }}
          >
            {t('error.retry')}
          </Button>
        }
      />
    </div>
  );
}

export function NotFound() {
  const { t } = useTranslation();
  return (
    <div className="state">
      <Result status="404" title={t('error.notFound')} />
    </div>
  );
}
