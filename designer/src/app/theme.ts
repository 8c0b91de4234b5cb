// Light and dark, chosen once or taken from the system.
import { theme as antd, type ThemeConfig } from 'antd';
import { useSyncExternalStore } from 'react';

export type Mode = 'light' | 'dark';
const saved = 'tenon.theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set<() => void>();

export function mode(): Mode {
  const was = localStorage.getItem(saved);
  return was === 'light' || was === 'dark' ? was : system.matches ? 'dark' : 'light';
}

function apply() {
  document.documentElement.dataset.theme = mode();
  listeners.forEach((f) => f());
}

export function setMode(m: Mode) {
  localStorage.setItem(saved, m);
  apply();
}

system.addEventListener('change', apply);
addEventListener('storage', (e) => e.key === saved && apply()); // chosen in another tab
document.documentElement.dataset.theme = mode();

export const useMode = () =>
  useSyncExternalStore((f) => {
    listeners.add(f);
    return () => listeners.delete(f);
  }, mode);

/** themeOf is antd's configuration: its usual colours with those texts made darker, or lighter, that lack contrast. */
export function themeOf(m: Mode): ThemeConfig {
  const dark = m === 'dark';
  return {
    zeroRuntime: true,
    cssVar: { key: 'tenon' },
    hashed: false,
    algorithm: dark ? antd.darkAlgorithm : antd.defaultAlgorithm,
    token: {
      motion: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      colorPrimary: dark ? '#3c77f5' : '#1f5eff',
      colorLink: dark ? '#8ab4ff' : '#1a4fd6',
      colorLinkHover: dark ? '#b3ceff' : '#0f3cab',
      colorError: dark ? '#ff7875' : '#c8102e',
      colorTextDescription: dark ? '#a9b1bd' : '#5a6472',
      colorTextTertiary: dark ? '#a9b1bd' : '#5a6472',
      colorTextPlaceholder: dark ? '#98a1ae' : '#68717d',
      colorTextDisabled: dark ? '#98a1ae' : '#68717d',
      fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
      borderRadius: 6,
    },
    components: dark ? { Button: { colorPrimaryHover: '#2a62dc', colorPrimaryActive: '#2250b8', dangerColor: '#1f0a0a', defaultHoverColor: '#8ab4ff', defaultActiveColor: '#8ab4ff' }, Tabs: { itemSelectedColor: '#8ab4ff', itemHoverColor: '#b3ceff', itemActiveColor: '#b3ceff' } } : { Button: { colorPrimaryHover: '#1a4fd6', colorPrimaryActive: '#0f3cab', defaultHoverColor: '#1a4fd6', defaultActiveColor: '#0f3cab' }, Tabs: { itemSelectedColor: '#1a4fd6', itemHoverColor: '#1a4fd6', itemActiveColor: '#0f3cab' } },
  };
}
