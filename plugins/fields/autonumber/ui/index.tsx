import { TextCell, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'autonumber', Cell: TextCell, width: 150 } satisfies FieldUI;
