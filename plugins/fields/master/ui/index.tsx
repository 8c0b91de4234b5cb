import { ReferenceCell, ReferenceEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'master', Cell: ReferenceCell, Edit: ReferenceEdit, instant: true, width: 200 } satisfies FieldUI;
