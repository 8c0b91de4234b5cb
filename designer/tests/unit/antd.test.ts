import { parseSync } from 'vite';
import { describe, expect, it } from 'vitest';
import { folderOf, split, styleless } from '../../build/antd.ts';

const known = new Set(['button', 'input', 'input-number', 'select', 'tree-select', 'drawer', 'menu']);

describe('the parts of the style sheet of antd', () => {
  it('go to the component that their first class names', () => {
    for (const [selector, folder] of [
      ['.ant-btn', 'button'],
      ['.ant-btn .ant-input', 'button'],
      ['.ant-input-number-handler', 'input-number'],
      ['.ant-input-affix-wrapper', 'input'],
      ['.ant-select-tree-node', 'tree-select'],
      ['.ant-select-dropdown', 'select'],
      ['.ant-slide-up-enter', ''],
      ['.anticon', ''],
    ])
      expect(folderOf(selector!, known), selector).toBe(folder);
  });
  it('keep what surrounds them, and leave out what antd made for its own page', () => {
    const parts = split('.ant-btn,.ant-input{color:red;margin:0}@media (x){.ant-drawer{top:0}}@keyframes a{to{top:0}}.css-var-_R_0_.ant-btn{--x:1}', known);
    expect(parts.get('button')).toBe('.ant-btn{color:red;margin:0}');
    expect(parts.get('input')).toBe('.ant-input{color:red;margin:0}');
    expect(parts.get('drawer')).toBe('@media (x){.ant-drawer{top:0}}');
    expect(parts.get('')).toBe('@keyframes a{to{top:0}}');
  });
  it('need no functions that make styles', () => {
    const code = "export default genStyleHooks('Button', token => [a(token)], prepare, { b: 1 });";
    expect(styleless(code, parseSync('a.js', code).program)).toBe("export default genStyleHooks('Button', () => [], prepare, { b: 1 });");
  });
});
