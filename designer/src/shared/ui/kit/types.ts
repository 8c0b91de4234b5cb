// What a field type brings for browsers, in plugins/fields/<kind>/ui: how values are shown and typed.
import type { ComponentType } from 'react';
import type { Field, Index } from '@/shared/meta/types';

export interface CellProps {
  field: Field;
  value: unknown; // as the API gives it, not null
  row: Record<string, unknown>;
  index: Index;
  compact?: boolean; // in a list: one line, and nothing that takes the focus
}

export interface EditProps {
  field: Field;
  value: unknown; // as the API takes it
  onChange: (value: unknown) => void;
  onBlur?: () => void;
  row?: Record<string, unknown>; // the values beside it
  object?: string; // metadata name of the record's object
  index: Index;
  id: string;
  name?: string; // spoken, where no label stands beside the input
  autoFocus?: boolean;
  opened?: boolean; // its choices are shown at once
  status?: 'error';
  disabled?: boolean;
  'aria-describedby'?: string;
  'aria-invalid'?: boolean;
  'aria-required'?: boolean;
}

export interface FieldUI {
  kind: string;
  Cell: ComponentType<CellProps>;
  Edit?: ComponentType<EditProps>; // none: nobody types it
  end?: boolean; // values stand at the end of a column
  width?: number; // of a column, in pixels
  wide?: boolean; // it takes the whole width of a form
  inline?: boolean; // it can be typed in a list; unless false
  instant?: boolean; // a change is whole: nothing more is typed
}
