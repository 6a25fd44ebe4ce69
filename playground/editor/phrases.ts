import type { Language } from '../messages/messages.ts';

/** Holds the words of the editor itself, its search panel above all; its own are English. */
export const phrases: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: {},
  zh: {
    Find: '查找',
    Replace: '替换为',
    next: '下一个',
    previous: '上一个',
    all: '全选',
    'match case': '区分大小写',
    regexp: '正则表达式',
    'by word': '全字匹配',
    replace: '替换',
    'replace all': '全部替换',
    close: '关闭',
    'current match': '当前匹配',
    'on line': '位于行',
    'replaced $ matches': '已替换 $ 处',
    'replaced match on line $': '已替换第 $ 行的一处',
    'Go to line': '转到行',
    go: '转到',
    'Selection deleted': '已删除所选内容',
    Completions: '补全',
    Diagnostics: '问题',
    'No diagnostics': '没有问题',
    'Control character': '控制字符',
  },
};
