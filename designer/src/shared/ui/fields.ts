// The field types' parts, found beside their Go.
import type { Field } from '@/shared/meta/types';
import { TextCell, type FieldUI } from './kit';

const found = import.meta.glob<FieldUI>('../../../../plugins/fields/*/ui/index.tsx', { eager: true, import: 'default' });
const byKind = new Map(Object.values(found).map((ui) => [ui.kind, ui]));
const unknown: FieldUI = { kind: '', Cell: TextCell, inline: false };

/** uiOf gives how values of a field are shown; those of a computed one as what it gives. */
export const uiOf = (f: Field): FieldUI => byKind.get(f.as || f.kind) ?? unknown;
export const kinds = () => [...byKind.keys()];
