import { Input } from 'antd';
import { Labelled } from '@/shared/ui/labelled';

interface Props {
  label: string;
  help?: string;
  error?: string;
  value: string;
  onChange: (v: string) => void;
  kind?: 'current-password' | 'new-password' | 'one-time-code';
}

/** Secret is an input for a password, or for a code. */
export function Secret({ label, help, error, value, onChange, kind = 'current-password' }: Props) {
  return (
    <Labelled label={label} help={help} error={error} required>
      {(a) => <Input {...a} type={kind === 'one-time-code' ? 'text' : 'password'} inputMode={kind === 'one-time-code' ? 'numeric' : undefined} autoComplete={kind} value={value} onChange={(e) => onChange(e.target.value)} />}
    </Labelled>
  );
}
