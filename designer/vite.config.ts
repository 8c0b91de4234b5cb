import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';
import { antdParts } from './build/antd.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

// Field types bring their ui folders beside their Go, outside of this folder: what they import of npm is found here.
export default defineConfig({
  plugins: [
    react(),
    antdParts(new Set(readdirSync(here('./node_modules/antd/es')))),
    {
      name: 'without',
      enforce: 'pre',
      resolveId: (source, importer) => {
        if (source.endsWith('useScrollLocker') && importer?.includes('@rc-component/portal')) return here('./src/shared/ui/scroll-lock.ts');
        return source === '@rc-component/async-validator' ? here('./src/shared/ui/no-validator.ts') : undefined;
      },
    },
  ],
  resolve: {
    alias: [
      { find: /^@\//, replacement: here('./src/') },
      { find: /^react(\/jsx-runtime|\/jsx-dev-runtime)?$/, replacement: here('./node_modules/react') + '$1' },
    ],
  },
  build: {
    manifest: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\//, priority: 3 },
            { name: 'kit', test: /\/src\/shared\/ui\/(kit\/(cells|index|later)|fields|value)|plugins\/fields\//, priority: 1 },
            { name: 'base', test: /node_modules\/(@tanstack|i18next|react-i18next)\//, priority: 2 },
            { name: 'shell', tags: ['$initial'], test: /(?<!index\.html|app\/main\.tsx)$/, priority: 1.5 },
          ],
        },
      },
    },
  },
  server: {
    port: 5173,
    proxy: Object.fromEntries(['/api', '/graphql', '/account', '/admin', '/login', '/logout', '/password', '/files', '/import', '/export', '/docs', '/graphiql'].map((path) => [path, process.env.TENON ?? 'http://127.0.0.1:8080'])),
  },
  test: {
    environment: 'happy-dom',
    include: ['tests/unit/**/*.test.{ts,tsx}'],
    setupFiles: ['tests/unit/setup.ts'],
  },
});
