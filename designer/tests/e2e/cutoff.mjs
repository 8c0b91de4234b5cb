// Which text of a page is cut off: painted outside of what holds it, where nobody can scroll to it, or shortened by an ellipsis.

export function cutOff(page) {
  return page.evaluate(() => {
    const found = new Map();
    const scrolls = (s) => /auto|scroll/.test(s.overflowX);
    const clips = (s) => /hidden|clip/.test(s.overflowX);
    // Whether nobody sees an element anyway: what only screen readers read, and what a transition or a menu has put away.
    const unseen = (e) => !e.checkVisibility({ opacityProperty: true, visibilityProperty: true }) || e.closest('.sr-only, .skip, [aria-hidden=true], .cm-editor, svg');
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const text = node.data.trim();
      const own = node.parentElement;
      if (!text || /^(SCRIPT|STYLE|TEXTAREA|OPTION|TITLE)$/.test(own.tagName) || unseen(own)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const box = range.getBoundingClientRect();
      if (box.width <= 1 || box.height <= 1) continue;
      let left = -Infinity;
      let right = Infinity;
      let scrolled = false; // whoever wants to see it scrolls
      for (let e = own; e && e !== document.body; e = e.parentElement) {
        const style = getComputedStyle(e);
        if (style.display === 'inline') continue;
        if ((scrolled = scrolls(style))) break;
        if (!clips(style)) continue;
        const edge = e.getBoundingClientRect();
        left = Math.max(left, edge.left);
        right = Math.min(right, edge.right);
      }
      if (!scrolled) [left, right] = [Math.max(left, 0), Math.min(right, innerWidth)];
      const short = (e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).textOverflow === 'ellipsis';
      if (box.left < left - 1 || box.right > right + 1 || short(own)) found.set(`${own.tagName.toLowerCase()}.${own.className} in ${own.parentElement.className}`, `“${text.slice(0, 60)}” (${Math.round(box.left)}–${Math.round(box.right)} of ${Math.round(left)}–${Math.round(right)})`);
    }
    for (const e of document.querySelectorAll('input[placeholder]')) {
      if (e.value || unseen(e)) continue;
      const style = getComputedStyle(e);
      const pen = document.createElement('canvas').getContext('2d');
      pen.font = style.font;
      const room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      if (pen.measureText(e.placeholder).width > room + 1) found.set(`placeholder ${e.placeholder}`, `${Math.round(room)} px of room`);
    }
    return [...found].slice(0, 8).map(([where, what]) => `${where}: ${what}`);
  });
}
