// For those who must have an authenticator before they can do anything else.
import { createLazyRoute } from '@tanstack/react-router';
import { Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { signOut } from '@/app/session';
import { PageTitle } from '@/shared/ui/page';
import { Enrol } from './totp';
import './texts';

export const Route = createLazyRoute('/enrol')({ component: EnrolPage });

function EnrolPage() {
  const { t } = useTranslation();
  return (
    <main className="signin">
      <div className="card">
        <PageTitle>{t('totp.title')}</PageTitle>
        <p>{t('totp.must')}</p>
        <Enrol onDone={() => location.assign('/')} />
        <Button type="link" onClick={() => void signOut()}>
          {t('app.signOut')}
        </Button>
      </div>
    </main>
  );
}
