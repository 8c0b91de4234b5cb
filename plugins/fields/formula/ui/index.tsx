import { TextCell, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'formula', Cell: TextCell, width: 150 } satisfies FieldUI;
