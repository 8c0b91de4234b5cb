import { BoolCell, BoolEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'bool', Cell: BoolCell, Edit: BoolEdit, instant: true, width: 90 } satisfies FieldUI;
