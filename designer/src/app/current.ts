// The app that one works in: that of the address, else the last one that has the object, else any that has it.
import { useLocation } from '@tanstack/react-router';
import { useIndex } from '@/shared/meta/load';
import type { App, Index } from '@/shared/meta/types';

const saved = 'tenon.app';

export function appAt(index: Index, pathname: string, last: string | null): App | undefined {
  const [, area, name] = pathname.split('/');
  const lastApp = index.apps.find((a) => a.name === last);
  if (area === 'app') return index.apps.find((a) => a.name === decodeURIComponent(name ?? '')) ?? lastApp;
  const has = (a: App | undefined) => !!a?.items.some((i) => i.object === name);
  if (area === 'o' && !has(lastApp)) return index.apps.find(has) ?? lastApp ?? index.apps[0];
  return lastApp ?? index.apps[0];
}

export function useCurrentApp(): App | undefined {
  const { pathname } = useLocation();
  const app = appAt(useIndex(), pathname, localStorage.getItem(saved));
  if (app) localStorage.setItem(saved, app.name);
  return app;
}
