import { Tag } from 'antd';
import { useTranslation } from 'react-i18next';
import './texts';

const statuses = new Set(['draft', 'running', 'approved', 'rejected', 'withdrawn', 'returned', 'suspended', 'terminated', 'cancelled', 'error']);

export function Status({ status }: { status: string }) {
  const { t } = useTranslation();
  return (
    <Tag className="choice" data-status={status}>
      {statuses.has(status) ? t(`approval.status.${status as 'running'}`) : status}
    </Tag>
  );
}
