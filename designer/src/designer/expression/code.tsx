// CodeMirror as an input of React.
import { autocompletion, closeBrackets, completionKeymap, type CompletionSource } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { bracketMatching, defaultHighlightStyle, HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { linter, lintKeymap, type Diagnostic } from '@codemirror/lint';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import type { InputProps } from '@/shared/ui/labelled';

interface Props {
  input?: InputProps;
  label: string;
  value: string;
  onChange: (v: string) => void;
  readOnly?: boolean;
  tall?: boolean;
  complete?: CompletionSource;
  check?: (text: string) => Promise<Diagnostic[]>;
  language?: Extension;
}

const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content ?? '';

const look = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--surface)' },
  '.cm-content': { caretColor: 'var(--text)', fontFamily: 'ui-monospace, Consolas, monospace', padding: '5px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--text)' },
  '.cm-gutters': { color: 'var(--quiet)', backgroundColor: 'var(--bg)', borderRight: '1px solid var(--line)' },
  '.cm-tooltip': { color: 'var(--text)', backgroundColor: 'var(--surface)', border: '1px solid var(--line)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { color: 'var(--text)', backgroundColor: 'var(--accent-soft)' },
  '.cm-completionDetail': { color: 'var(--quiet)' },
  '.cm-matchingBracket, .cm-nonmatchingBracket': { color: 'inherit' },
});

// The parts of programs that CodeMirror tells apart by colours of its own, which are for light pages: as ours, which follow the mode.
const colours: Record<string, string> = { '#708': 'word', '#219': 'value', '#164': 'value', '#a11': 'text', '#e40': 'text', '#00f': 'name', '#30a': 'name', '#00c': 'name', '#256': 'name', '#085': 'kind', '#167': 'kind', '#940': 'note', '#404740': 'note', '#f00': 'wrong' };
const highlight = HighlightStyle.define(defaultHighlightStyle.specs.map((s) => (typeof s.color === 'string' ? { ...s, color: `var(--code-${colours[s.color] ?? 'name'})` } : s)));

export function CodeInput(p: Props) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const props = useRef(p);
  props.current = p;
  const id = p.input?.id;
  const described = p.input?.['aria-describedby'];

  useEffect(() => {
    const names: Record<string, string> = { 'aria-label': p.label, tabindex: '0', ...(id ? { id } : {}), ...(described ? { 'aria-describedby': described } : {}) };
    const v = new EditorView({
      parent: host.current!,
      state: EditorState.create({
        doc: props.current.value,
        extensions: [
          EditorView.cspNonce.of(nonce),
          look,
          history(),
          bracketMatching(),
          closeBrackets(),
          syntaxHighlighting(highlight),
          p.tall ? lineNumbers() : EditorView.lineWrapping,
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, ...lintKeymap]),
          autocompletion({ override: p.complete ? [(c) => props.current.complete!(c)] : undefined }),
          p.check ? linter((view) => props.current.check!(view.state.doc.toString()), { delay: 300 }) : [],
          p.language ?? [],
          EditorState.readOnly.of(!!p.readOnly),
          EditorView.contentAttributes.of(names),
          EditorView.updateListener.of((u) => u.docChanged && props.current.onChange(u.state.doc.toString())),
        ],
      }),
    });
    view.current = v;
    return () => v.destroy();
  }, [id, described, p.label, p.readOnly, p.tall, p.language]);

  useEffect(() => {
    const v = view.current;
    if (v && v.state.doc.toString() !== p.value) v.dispatch({ changes: { from: 0, to: v.state.doc.length, insert: p.value } });
  }, [p.value]);

  return <div ref={host} className={p.tall ? 'code tall' : 'code'} />;
}
