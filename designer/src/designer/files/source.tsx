// A source text in CodeMirror.
import { javascript } from '@codemirror/lang-javascript';
import { CodeInput } from '../expression/code';

const js = javascript();

export function Source({ value, onChange, label, readOnly }: { value: string; onChange: (v: string) => void; label: string; readOnly?: boolean }) {
  return <CodeInput tall label={label} value={value} onChange={onChange} readOnly={readOnly} language={js} />;
}
