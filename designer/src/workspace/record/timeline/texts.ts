// Texts of the timeline: [English, Chinese], by the rules of the catalogue.
import { addTexts } from '@/i18n/add';

export const catalogue = {
  'timeline.kinds': ['What is shown', '显示内容'],
  'timeline.all': ['Everything', '全部'],
  'timeline.change': ['Changes', '变更'],
  'timeline.approval': ['Approvals', '审批'],
  'timeline.today': ['today', '今天'],
  'timeline.planned': ['to come', '未到'],
  'timeline.none': ['Nothing has happened yet', '暂无动态'],
  'timeline.more': ['Show older', '查看更早'],
  'timeline.end': ['There is nothing older.', '没有更早的动态。'],
  'timeline.waits': ['is asked to decide', '待审批'],
} as const satisfies Record<string, readonly [string, string]>;

addTexts(catalogue);
