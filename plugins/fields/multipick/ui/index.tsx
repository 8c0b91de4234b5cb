import { ChoiceCell, ChoicesEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'multipick', Cell: ChoiceCell, Edit: ChoicesEdit, width: 220 } satisfies FieldUI;
