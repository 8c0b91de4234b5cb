// Inputs as field types name them: each is there at once, and its code when something is typed.
import { lazy, Suspense, useState, type ComponentType } from 'react';
import type { EditProps } from './types';

type Edits = typeof import('./edits');
type Name = { [K in keyof Edits]: Edits[K] extends (p: EditProps) => unknown ? K : never }[keyof Edits];

let loaded: Edits | undefined;

/** loadEdits loads the inputs; parts in which one types wait for them, so that they are there at once. */
export const loadEdits = () => import('./edits').then((m) => (loaded = m));

function later(name: Name) {
  const Waiting = lazy(() => loadEdits().then((m) => ({ default: m[name] as ComponentType<EditProps> })));
  return function Later(p: EditProps) {
    const [Edit] = useState(() => (loaded?.[name] as ComponentType<EditProps> | undefined) ?? Waiting); // the same while it is shown
    return (
      <Suspense fallback={<span className="ghost-input" />}>
        <Edit {...p} />
      </Suspense>
    );
  };
}

export const TextEdit = later('TextEdit');
export const EmailEdit = later('EmailEdit');
export const PhoneEdit = later('PhoneEdit');
export const UrlEdit = later('UrlEdit');
export const DayEdit = later('DayEdit');
export const TimeEdit = later('TimeEdit');
export const DecimalEdit = later('DecimalEdit');
export const IntEdit = later('IntEdit');
export const PercentEdit = later('PercentEdit');
export const LongEdit = later('LongEdit');
export const InstantEdit = later('InstantEdit');
export const BoolEdit = later('BoolEdit');
export const ChoiceEdit = later('ChoiceEdit');
export const ChoicesEdit = later('ChoicesEdit');
export const TagsEdit = later('TagsEdit');
export const PointEdit = later('PointEdit');
export const JsonEdit = later('JsonEdit');
export const FileEdit = later('FileEdit');
export const ReferenceEdit = later('ReferenceEdit');
export const ReferencesEdit = later('ReferencesEdit');
