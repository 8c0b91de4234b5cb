import { ReferenceCell, ReferencesEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'multilookup', Cell: ReferenceCell, Edit: ReferencesEdit, inline: false, width: 220 } satisfies FieldUI;
