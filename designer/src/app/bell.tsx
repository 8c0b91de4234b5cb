import { BellOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { unread } from '@/shared/api/notices';

/** Bell leads to what one was told, and says how much of it is unread. */
export function Bell() {
  const { t } = useTranslation();
  const count = useQuery({ queryKey: ['notices', 'unread'], queryFn: ({ signal }) => unread(signal), refetchInterval: 60_000, staleTime: 30_000 }).data ?? 0;
  return (
    <Link to="/notices" className="bell" aria-label={count > 0 ? t('notice.unread', { count }) : t('notice.title')}>
      <BellOutlined />
      {count > 0 && <span className="count">{count > 99 ? '99+' : count}</span>}
    </Link>
  );
}
