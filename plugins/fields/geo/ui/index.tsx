import { PointCell, PointEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'geo', Cell: PointCell, Edit: PointEdit, inline: false, width: 170 } satisfies FieldUI;
