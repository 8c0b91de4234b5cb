// The frame of all pages below /setup: what is being changed, how far it is kept, and the page.
import { RedoOutlined, UndoOutlined } from '@ant-design/icons';
import { createLazyRoute, Outlet, useLocation } from '@tanstack/react-router';
import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { ButtonLink } from '@/shared/ui/link';
import { DraftProvider, useDraft, useUndoKeys } from './draft';
import '../texts';
import '../designer.css';

export const Route = createLazyRoute('/_shell/setup')({ component: Setup });

function Setup() {
  return (
    <DraftProvider>
      <DraftBar />
      <Outlet />
    </DraftProvider>
  );
}

function DraftBar() {
  const { t } = useTranslation();
  const d = useDraft();
  const { pathname } = useLocation();
  useUndoKeys();
  const count = Object.keys(d.changes).length;
  return (
    <div className="draft-bar" role="region" aria-label={t('setup.draft')}>
      <span role="status">
        {count ? t('setup.changes', { count }) : t('setup.noChanges')} {count > 0 && <span className="quiet">{t(`setup.saving.${d.saving}`)}</span>}
      </span>
      <span className="grow" />
      <Button size="small" icon={<UndoOutlined />} aria-label={t('setup.undo')} disabled={!d.undo} onClick={d.undo} />
      <Button size="small" icon={<RedoOutlined />} aria-label={t('setup.redo')} disabled={!d.redo} onClick={d.redo} />
      {count > 0 && pathname !== '/setup/publish' && (
        <ButtonLink size="small" type="primary" to="/setup/publish">
          {t('setup.review')}
        </ButtonLink>
      )}
      {d.error && (
        <Alert
          type="error"
          showIcon
          title={d.error.message}
          action={
            <Button size="small" onClick={() => void (d.error?.code === 'VERSION_CONFLICT' ? d.reload() : d.flush())}>
              {d.error.code === 'VERSION_CONFLICT' ? t('setup.loadAgain') : t('error.retry')}
            </Button>
          }
        />
      )}
    </div>
  );
}
