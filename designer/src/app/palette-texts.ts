// Texts of the palette, which is loaded when it is opened: [English, Chinese], by the rules of the catalogue.
import { addTexts } from '@/i18n/add';

export const catalogue = {
  'palette.all': ['All that matches “{{text}}”', '查看“{{text}}”的全部结果'],
  'palette.type': ['Find a record or a page', '查找记录或页面'],
  'palette.list': ['List', '列表'],
  'palette.page': ['Page', '页面'],
  'palette.found': ['{{count}} found', '找到 {{count}} 项'],
} as const satisfies Record<string, readonly [string, string]>;

addTexts(catalogue);
