import { ReferenceCell, ReferenceEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'lookup', Cell: ReferenceCell, Edit: ReferenceEdit, width: 200 } satisfies FieldUI;
