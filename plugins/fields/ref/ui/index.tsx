import { ReferenceCell, ReferenceEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'ref', Cell: ReferenceCell, Edit: ReferenceEdit, instant: true, width: 200 } satisfies FieldUI;
