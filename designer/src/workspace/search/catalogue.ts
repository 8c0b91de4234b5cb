// Every text of the search page: [English, Chinese], by the rules of the catalogue of the workspace.
export const catalogue = {
  'search.title': ['Search', '搜索'],
  'search.type': ['What are you looking for?', '输入要查找的内容'],
  'search.in': ['Search in', '搜索范围'],
  'search.everywhere': ['All objects', '全部对象'],
  'search.start': ['Type a word, or a part of a name.', '请输入关键词或名称的一部分。'],
  'search.none': ['Nothing that you may see matches “{{text}}”.', '没有您可见的记录与“{{text}}”匹配。'],
  'search.found': ['Records of {{count}} objects match.', '共有 {{count}} 个对象的记录匹配。'],
  'search.list': ['All in the list', '在列表中查看全部'],
  'search.more': ['Show more', '显示更多'],
} as const satisfies Record<string, readonly [string, string]>;
