import { TextCell, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'tree_path', Cell: TextCell, width: 200 } satisfies FieldUI;
