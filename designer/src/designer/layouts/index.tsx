// The layout of records: fields are dragged between sections, with the mouse or with the keyboard.
import { closestCorners, DndContext, KeyboardSensor, PointerSensor, useDroppable, useSensor, useSensors, type Announcements, type DragEndEvent, type UniqueIdentifier } from '@dnd-kit/core';
import { SortableContext, sortableKeyboardCoordinates, useSortable, rectSortingStrategy } from '@dnd-kit/sortable';
import { DeleteOutlined, DownOutlined, HolderOutlined, PlusOutlined, SettingOutlined, UpOutlined } from '@ant-design/icons';
import { createLazyRoute, useParams } from '@tanstack/react-router';
import { Button, Drawer, Select } from 'antd';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '@/shared/api/graphql';
import { textIn } from '@/shared/meta/load';
import type { Text } from '@/shared/meta/types';
import { ButtonLink } from '@/shared/ui/link';
import { PageTitle } from '@/shared/ui/page';
import { NotFound } from '@/app/states';
import { SchemaForm, titleOf } from '../form';
import { fieldOptions, ObjectContext } from '../form/hints';
import { filesOf, withDoc } from '../model/files';
import type { Doc } from '../model/overlay';
import { moved, place, where, without, type Section } from '../model/places';
import { useSchema } from '../setup/api';
import { useDraft } from '../setup/draft';
import { pairOf } from '../texts';

export const Route = createLazyRoute('/_shell/setup/objects/$object/layouts/$layout')({ component: Page });

type Editing = { section: number; field?: string } | 'layout';

function Page() {
  const { t, i18n } = useTranslation();
  const { object, layout } = useParams({ strict: false }) as { object: string; layout: string };
  const { all, edit } = useDraft();
  const schema = useSchema('layout');
  const [editing, setEditing] = useState<Editing>();
  const file = useMemo(() => filesOf(all, new RegExp(`^objects/${object}/layouts/${layout}\\.json$`))[0], [all, object, layout]);
  const fields = useMemo(() => fieldOptions(all, object, i18n.language), [all, object, i18n.language]);
  const sensors = useSensors(useSensor(PointerSensor, { activationConstraint: { distance: 4 } }), useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }));
  if (!file) return <NotFound />;
  const sections = ((file.doc.sections as Json[] | undefined) ?? []) as unknown as Section[];
  const put = (doc: Doc) => edit((now) => withDoc(now, file, doc));
  const setSections = (v: Section[]) => put({ ...file.doc, sections: v as unknown as Json });
  const labelOf = (field: UniqueIdentifier) => fields.find((f) => f.value === field)?.label ?? String(field);
  const unused = fields.filter((f) => !where(sections, f.value));
  const target = (over: UniqueIdentifier): { section: number; at: number } | undefined => {
    const section = /^section-(\d+)$/.exec(String(over))?.[1];
    return section !== undefined ? { section: Number(section), at: sections[Number(section)]?.fields.length ?? 0 } : where(sections, String(over));
  };
  const drop = ({ active, over }: DragEndEvent) => {
    const to = over && target(over.id);
    if (to && active.id !== over.id) setSections(place(sections, String(active.id), to.section, to.at));
  };
  const says = (key: string, field: UniqueIdentifier, over?: UniqueIdentifier) => {
    const to = over === undefined ? undefined : target(over);
    return t(`layout.drag.${key}`, { field: labelOf(field), section: to ? sectionTitle(sections[to.section], i18n.language) : '', at: (to?.at ?? 0) + 1 });
  };
  const announcements: Announcements = {
    onDragStart: ({ active }) => says('start', active.id),
    onDragOver: ({ active, over }) => (over ? says('over', active.id, over.id) : undefined),
    onDragEnd: ({ active, over }) => says(over ? 'end' : 'cancel', active.id, over?.id),
    onDragCancel: ({ active }) => says('cancel', active.id),
  };
  return (
    <ObjectContext.Provider value={object}>
      <div className="page">
        <div className="bar">
          <PageTitle>{titleOf(file.doc, i18n.language)}</PageTitle>
          <span className="grow" />
          <ButtonLink to="/setup/objects/$object" params={{ object }} search={{ tab: 'layouts' }}>
            {t('layout.back')}
          </ButtonLink>
          <Button icon={<SettingOutlined />} onClick={() => setEditing('layout')}>
            {t('layout.settings')}
          </Button>
          <Button icon={<PlusOutlined />} onClick={() => setSections([...sections, { label: pairOf('layout.section'), columns: 2, fields: [] }])}>
            {t('layout.addSection')}
          </Button>
        </div>
        <DndContext sensors={sensors} collisionDetection={closestCorners} onDragEnd={drop} accessibility={{ announcements, screenReaderInstructions: { draggable: t('layout.drag.how') } }}>
          {sections.map((s, i) => (
            <section key={i} className="card section" aria-labelledby={`section-title-${i}`}>
              <div className="bar">
                <h2 id={`section-title-${i}`}>{sectionTitle(s, i18n.language)}</h2>
                <span className="grow" />
                <Select
                  className="short"
                  showSearch
                  optionFilterProp="label"
                  aria-label={t('layout.addField', { section: sectionTitle(s, i18n.language) })}
                  placeholder={t('layout.addFieldShort')}
                  value={null as string | null}
                  options={unused}
                  onChange={(f) => f && setSections(place(sections, f, i, s.fields.length))}
                />
                <Button size="small" type="text" icon={<UpOutlined />} disabled={i === 0} aria-label={t('form.up', { name: sectionTitle(s, i18n.language) })} onClick={() => setSections(moved(sections, i, i - 1))} />
                <Button size="small" type="text" icon={<DownOutlined />} disabled={i === sections.length - 1} aria-label={t('form.down', { name: sectionTitle(s, i18n.language) })} onClick={() => setSections(moved(sections, i, i + 1))} />
                <Button size="small" type="text" icon={<SettingOutlined />} aria-label={t('layout.settingsOf', { name: sectionTitle(s, i18n.language) })} onClick={() => setEditing({ section: i })} />
                <Button size="small" type="text" danger icon={<DeleteOutlined />} aria-label={t('form.removeOne', { name: sectionTitle(s, i18n.language) })} onClick={() => setSections(sections.filter((_, n) => n !== i))} />
              </div>
              <SortableContext items={s.fields.map((f) => String(f.field))} strategy={rectSortingStrategy}>
                <Drop id={`section-${i}`} columns={s.columns ?? 2} empty={s.fields.length === 0}>
                  {s.fields.map((f) => (
                    <FieldChip key={String(f.field)} id={String(f.field)} label={labelOf(String(f.field))} wide={f.wide === true} onSettings={() => setEditing({ section: i, field: String(f.field) })} onRemove={() => setSections(without(sections, String(f.field)))} />
                  ))}
                </Drop>
              </SortableContext>
            </section>
          ))}
        </DndContext>
        {schema && editing && (
          <Drawer open onClose={() => setEditing(undefined)} title={t('layout.settings')} size={480}>
            {editing === 'layout' ? (
              <SchemaForm root={schema} schema={schema} value={file.doc} onChange={put} hide={['name', 'sections']} />
            ) : editing.field === undefined ? (
              <SchemaForm root={schema} schema={schema.$defs?.LayoutSection ?? {}} value={(sections[editing.section] ?? {}) as Doc} onChange={(v) => setSections(sections.map((s, n) => (n === editing.section ? (v as unknown as Section) : s)))} hide={['fields']} />
            ) : (
              <SchemaForm
                root={schema}
                schema={schema.$defs?.LayoutField ?? {}}
                value={sections[editing.section]?.fields.find((f) => f.field === editing.field) ?? {}}
                onChange={(v) => setSections(sections.map((s, n) => (n === editing.section ? { ...s, fields: s.fields.map((f) => (f.field === editing.field ? v : f)) } : s)))}
                hide={['field']}
              />
            )}
          </Drawer>
        )}
      </div>
    </ObjectContext.Provider>
  );
}

const sectionTitle = (s: Section | undefined, locale: string) => (typeof s?.label === 'string' ? s.label : textIn(s?.label as Text | undefined, locale));

function Drop({ id, columns, empty, children }: { id: string; columns: number; empty: boolean; children: React.ReactNode }) {
  const { t } = useTranslation();
  const { setNodeRef, isOver } = useDroppable({ id });
  return (
    <div ref={setNodeRef} className={isOver ? 'drop over' : 'drop'} data-columns={columns}>
      {children}
      {empty && <p className="quiet">{t('layout.empty')}</p>}
    </div>
  );
}

function FieldChip({ id, label, wide, onSettings, onRemove }: { id: string; label: string; wide: boolean; onSettings: () => void; onRemove: () => void }) {
  const { t } = useTranslation();
  const { attributes, listeners, setNodeRef, setActivatorNodeRef, transform, transition, isDragging } = useSortable({ id, attributes: { roleDescription: t('layout.drag.role') } });
  return (
    <div ref={setNodeRef} className={`dragged${wide ? ' wide' : ''}${isDragging ? ' lifted' : ''}`} style={{ transform: transform ? `translate3d(${Math.round(transform.x)}px, ${Math.round(transform.y)}px, 0)` : undefined, transition }}>
      <button ref={setActivatorNodeRef} type="button" className="plain grab" aria-label={t('layout.drag.move', { field: label })} {...attributes} {...listeners}>
        <HolderOutlined />
      </button>
      <span className="grow">{label}</span>
      <Button size="small" type="text" icon={<SettingOutlined />} aria-label={t('layout.settingsOf', { name: label })} onClick={onSettings} />
      <Button size="small" type="text" icon={<DeleteOutlined />} aria-label={t('form.removeOne', { name: label })} onClick={onRemove} />
    </div>
  );
}
