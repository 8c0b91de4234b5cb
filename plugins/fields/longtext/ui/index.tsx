import { LongCell, LongEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'longtext', Cell: LongCell, Edit: LongEdit, wide: true, inline: false, width: 260 } satisfies FieldUI;
