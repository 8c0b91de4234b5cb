import { ChoiceCell, ChoiceEdit, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'picklist', Cell: ChoiceCell, Edit: ChoiceEdit, instant: true, width: 150 } satisfies FieldUI;
