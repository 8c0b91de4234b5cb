import { PhoneCell, PhoneEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'phone', Cell: PhoneCell, Edit: PhoneEdit, width: 160 } satisfies FieldUI;
