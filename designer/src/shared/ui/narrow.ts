import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(max-width: 767px)');

/** useNarrow says whether the screen is a phone's. */
export const useNarrow = () =>
  useSyncExternalStore(
    (f) => {
      narrow.addEventListener('change', f);
      return () => narrow.removeEventListener('change', f);
    },
    () => narrow.matches,
  );
