import { DecimalEdit, MoneyCell, type FieldUI } from '@/shared/ui/kit';

export default { kind: 'money', Cell: MoneyCell, Edit: DecimalEdit, end: true, width: 150 } satisfies FieldUI;
