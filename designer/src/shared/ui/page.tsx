import { useEffect, type ReactNode } from 'react';

/** PageTitle is the heading of a page, and names the document. */
export function PageTitle({ children, document: named }: { children: ReactNode; document?: string }) {
  const name = named ?? (typeof children === 'string' ? children : '');
  useEffect(() => {
    if (name) document.title = `${name} · Tenon`;
  }, [name]);
  return <h1>{children}</h1>;
}
