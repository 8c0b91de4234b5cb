// The views of a list: those that there are, choosing one, and keeping how one arranged it.
import { AppstoreOutlined, CalendarOutlined, DownOutlined, SettingOutlined, UnorderedListOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Dropdown, type MenuProps } from 'antd';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useIndex, useText } from '@/shared/meta/load';
import { savedQuery, viewEntry, type Saved } from '@/shared/meta/saved';
import type { ObjectMeta, View } from '@/shared/meta/types';
import { keepColumns, viewsOf } from './views';

/** useViews gives the views of an object, and keeps the columns of one. */
export function useViews(meta: ObjectMeta): { views: View[]; keep: (view: View) => void } {
  const index = useIndex();
  const client = useQueryClient();
  const { notification } = App.useApp();
  const query = savedQuery(index, meta.name);
  const saved = useQuery(query).data;
  const views = useMemo(() => viewsOf(meta, saved ?? []), [meta, saved]);
  const entry = viewEntry(index);
  const keep = (view: View) => {
    const was = saved ?? [];
    const put = (all: Saved[]) => client.setQueryData(query.queryKey, all);
    if (!entry?.create) return put([...was.filter((s) => s.adjusts !== view.name), { id: '', version: 0, name: '', adjusts: view.name, shared: false, own: true, definition: { columns: view.columns.map((field) => ({ field, width: view.widths?.[field] })) } }]);
    keepColumns(entry, meta.name, was, view)
      .then((s) => put([...was.filter((x) => x.id !== s.id), s]))
      .catch((e: Error) => notification.error({ title: e.message, placement: 'bottomRight' }));
  };
  return { views, keep };
}

const icons = { list: <UnorderedListOutlined aria-hidden />, kanban: <AppstoreOutlined aria-hidden />, calendar: <CalendarOutlined aria-hidden /> };

export function ViewMenu({ views, view, onChoose, onArrange }: { views: View[]; view: View; onChoose: (name: string) => void; onArrange: () => void }) {
  const { t } = useTranslation();
  const text = useText();
  const item = (v: View) => ({ key: v.name, label: text(v.label), icon: icons[v.kind] });
  const group = (key: 'view.own' | 'view.shared', all: View[]) => (all.length ? [{ type: 'group' as const, key, label: t(key), children: all.map(item) }] : []);
  const items: MenuProps['items'] = [
    ...views.filter((v) => !v.saved).map(item),
    ...group('view.own', views.filter((v) => v.saved?.own)),
    ...group('view.shared', views.filter((v) => v.saved && !v.saved.own)),
    { type: 'divider' },
    { key: '', label: t('view.arrange'), icon: <SettingOutlined aria-hidden /> },
  ];
  return (
    <Dropdown trigger={['click']} getPopupContainer={(n) => n.closest('main') ?? document.body} menu={{ items, selectedKeys: [view.name], onClick: ({ key }) => (key ? onChoose(key) : onArrange()) }}>
      <Button icon={icons[view.kind]} aria-haspopup="menu" className="view-button">
        <span className="sr-only">{t('list.view')}: </span>
        <span className="view-name">{text(view.label)}</span> <DownOutlined aria-hidden />
      </Button>
    </Dropdown>
  );
}
