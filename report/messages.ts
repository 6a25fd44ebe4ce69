import type { PageState } from '../src/cli/commands/sync/report/page-data.ts';
import type { SortKey } from './images.ts';

/** Verdicts say how much of what is listed is where it should be. */
interface Verdicts {
  readonly complete: string;
  readonly nothing: string;
  readonly lacking: (count: string, total: string) => string;
}

/** Messages are the texts of the page in one language; messages of the run itself are English. */
interface Messages {
  readonly title: string;
  readonly empty: string;
  readonly atMirror: Verdicts;
  /** For a run with `--to`. */
  readonly exported: Verdicts;
  readonly again: string;
  readonly states: Readonly<Record<PageState, string>>;
  readonly all: string;
  readonly columns: Readonly<Record<SortKey, string>>;
  readonly digest: string;
  readonly filter: string;
  readonly search: string;
  readonly searchHint: string;
  readonly sizes: (uploaded: string, mounted: string) => string;
  readonly range: (from: string, to: string, total: string) => string;
  readonly none: string;
  readonly notOnPaper: (count: string) => string;
  readonly previous: string;
  readonly next: string;
  readonly copyNames: string;
  readonly copyDigest: (digest: string) => string;
  readonly copied: string;
  readonly notCopied: string;
  readonly rules: string;
  readonly started: string;
  readonly took: string;
  readonly exitCode: string;
  readonly listedIn: string;
  readonly images: string;
  readonly unlisted: string;
  readonly unlistedTags: (tags: string, repositories: string, seen: string) => string;
  readonly moreRepositories: (count: string) => string;
  readonly repository: string;
  readonly count: string;
  readonly tags: string;
}

const en: Messages = {
  title: 'Mirror report',
  empty: 'Nothing was listed.',
  atMirror: {
    complete: 'Everything listed is at the mirror.',
    nothing: 'Nothing that is listed is at the mirror.',
    lacking: (count, total) => `${count} of ${total} listed images are not at the mirror.`,
  },
  exported: {
    complete: 'Everything listed is exported.',
    nothing: 'Nothing that is listed is exported.',
    lacking: (count, total) => `${count} of ${total} listed images are not exported.`,
  },
  again: 'Run detour sync again to go on with what is left.',
  states: {
    copied: 'Copied',
    present: 'Present',
    failed: 'Failed',
    deferred: 'Deferred',
    interrupted: 'Interrupted',
    finding: 'No place',
    never: 'Left out',
  },
  all: 'All',
  columns: {
    state: 'State',
    name: 'Image',
    uploaded: 'Uploaded',
    mounted: 'Mounted',
    milliseconds: 'Time',
  },
  digest: 'Digest',
  filter: 'Show by state',
  search: 'Search',
  searchHint: 'Name, digest or message',
  sizes: (uploaded, mounted) => `${uploaded} uploaded, ${mounted} mounted`,
  range: (from, to, total) => `${from}–${to} of ${total}`,
  none: 'No image matches.',
  notOnPaper: (count) => `${count} more images are only in the file itself: open it in a browser.`,
  previous: 'Previous page',
  next: 'Next page',
  copyNames: 'Copy names',
  copyDigest: (digest) => `Copy ${digest}`,
  copied: 'Copied to the clipboard',
  notCopied: 'The browser does not allow copying',
  rules: 'Rules',
  started: 'Started',
  took: 'Took',
  exitCode: 'Exit code',
  listedIn: 'listed in',
  images: 'Images',
  unlisted: 'At the mirror, and in no list',
  unlistedTags: (tags, repositories, seen) =>
    `No list names ${tags} tags in ${repositories} of ${seen} repositories. Nothing was deleted.`,
  moreRepositories: (count) => `And ${count} more repositories: see --report FILE.json.`,
  repository: 'Repository',
  count: 'Count',
  tags: 'Tags',
};

const zh: Messages = {
  title: '镜像同步报告',
  empty: '清单中没有镜像。',
  atMirror: {
    complete: '清单中的镜像都已在镜像站。',
    nothing: '清单中的镜像都不在镜像站。',
    lacking: (count, total) => `清单共 ${total} 个镜像，${count} 个不在镜像站。`,
  },
  exported: {
    complete: '清单中的镜像都已导出。',
    nothing: '清单中的镜像都未导出。',
    lacking: (count, total) => `清单共 ${total} 个镜像，${count} 个未导出。`,
  },
  again: '再次运行 detour sync 即可继续同步剩余镜像。',
  states: {
    copied: '已复制',
    present: '已存在',
    failed: '失败',
    deferred: '推迟',
    interrupted: '中断',
    finding: '无目标',
    never: '已排除',
  },
  all: '全部',
  columns: {
    state: '状态',
    name: '镜像',
    uploaded: '上传',
    mounted: '挂载',
    milliseconds: '耗时',
  },
  digest: '摘要',
  filter: '按状态筛选',
  search: '搜索',
  searchHint: '名称、摘要或信息',
  sizes: (uploaded, mounted) => `上传 ${uploaded}，挂载 ${mounted}`,
  range: (from, to, total) => `第 ${from}–${to} 个，共 ${total} 个`,
  none: '没有匹配的镜像。',
  notOnPaper: (count) => `另有 ${count} 个镜像未打印，请在浏览器中打开报告文件查看。`,
  previous: '上一页',
  next: '下一页',
  copyNames: '复制名称',
  copyDigest: (digest) => `复制 ${digest}`,
  copied: '已复制到剪贴板',
  notCopied: '浏览器不允许复制',
  rules: '规则文件',
  started: '开始时间',
  took: '用时',
  exitCode: '退出码',
  listedIn: '列于',
  images: '镜像',
  unlisted: '镜像站中不在清单里的标签',
  unlistedTags: (tags, repositories, seen) =>
    `检查了 ${seen} 个仓库，其中 ${repositories} 个仓库共有 ${tags} 个标签不在清单里。没有删除任何内容。`,
  moreRepositories: (count) => `另有 ${count} 个仓库，见 --report FILE.json。`,
  repository: '仓库',
  count: '数量',
  tags: '标签',
};

/** The language of the page is the first of the reader's that it has. */
export const language =
  navigator.languages
    .find((each) => /^(en|zh)\b/i.test(each))
    ?.slice(0, 2)
    .toLowerCase() ?? 'en';

/** The texts in that language. */
export const messages = language === 'zh' ? zh : en;

const numbers = new Intl.NumberFormat(language);

/** Formats a count: 74,212. */
export function formatCount(count: number): string {
  return numbers.format(count);
}
