import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { App as AntApp, ConfigProvider } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import { useTranslation } from 'react-i18next';
import { ApiError, whenSignedOut } from '@/shared/api/http';
import { makeRouter } from './router';
import { themeOf, useMode } from './theme';

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry: (n, e) => n < 2 && e instanceof ApiError && e.code === 'NETWORK', staleTime: 10_000, refetchOnWindowFocus: false } },
});

const router = makeRouter(queryClient);

whenSignedOut(() => {
  queryClient.clear();
  void router.navigate({ to: '/signin', search: { next: location.pathname + location.search } });
});

const nonce = document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.content;

export function Providers() {
  const { i18n } = useTranslation();
  return (
    <ConfigProvider theme={themeOf(useMode())} locale={i18n.language === 'zh-CN' ? zh : en} csp={nonce ? { nonce } : undefined} button={{ autoInsertSpace: false }}>
      <AntApp>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </AntApp>
    </ConfigProvider>
  );
}
