// The designer's texts join the others' when its first part is loaded.
import { addTexts } from '@/i18n/add';
import { catalogue } from './catalogue';

addTexts(catalogue);

/** pairOf is a text in both languages, as metadata writes it. */
export const pairOf = (key: keyof typeof catalogue) => ({ en: catalogue[key][0], 'zh-CN': catalogue[key][1] });
