// The routes below /setup, each of which brings its page as a lazy route. Where there are none, the shell leads to none.
import type { AnyRoute } from '@tanstack/react-router';

export const setupRoutes = (_shell: AnyRoute): AnyRoute[] => [];
