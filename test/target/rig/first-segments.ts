/**
 * Returns images whose first segment could be taken for a registry by somebody: all that decides
 * whether it is one, in every combination that is short, and longer ones of each kind. Nothing is
 * random, so every run asks the same.
 */
export function firstSegments(): string[] {
  const images = [
    ...short().map((first) => `${first}/x:1`),
    ...joined().flatMap((first, index) => [
      `${first}/x`,
      `${first}/${rotate(repositories, index)}${rotate(ends, index)}`,
    ]),
    ...characters().map((first) => `${first}/x:1`),
    ...named().flatMap((first) => [
      first,
      `${first}:1`,
      ...repositories.flatMap((repository) => ends.map((end) => `${first}/${repository}${end}`)),
    ]),
    ...long(),
  ];
  return [...new Set(images)];
}

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const repositories = ['x', 'library/x', 'a/b_c/d.e'] as const;
const ends = ['', ':1', ':latest', `@${digest}`, `:1@${digest}`] as const;

function rotate<Value>(values: readonly Value[], index: number): Value {
  return values[index % values.length] as Value;
}

/**
 * Every text of at most four of what the grammar tells apart: a letter, a capital, a digit and what
 * joins them.
 */
function short(): string[] {
  const alphabet = [...'aA5._-:[]'];
  let last = [''];
  const all: string[] = [];
  for (let length = 1; length <= 4; length++) {
    last = last.flatMap((text) => alphabet.map((character) => text + character));
    all.push(...last);
  }
  return all;
}

const separators = [
  '.',
  '_',
  '__',
  '___',
  '-',
  '--',
  '..',
  '._',
  '_.',
  '.-',
  '-.',
  '_-',
  '-_',
  '',
] as const;

/** Names of three words with everything between them, before, after, and with a port. */
function joined(): string[] {
  const names = separators.flatMap((first) =>
    separators.map((second) => `my${first}reg${second}com`),
  );
  return names.flatMap((name, index) => {
    const around = rotate(separators, index);
    return [name, `${name}:5000`, `${name}${around}`, `${around}${name}`, `evil.${name}`];
  });
}

/**
 * Each ASCII character, and others that some program takes for one of them, at each place of a
 * name.
 */
function characters(): string[] {
  const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));
  const others = [
    ...'é߀·ıİKſⓚ．。｡：／＿⁄∕',
    '\u00ad',
    '\u200b',
    '\u202e',
    '\u0301',
    '\ufeff',
    '\u{1f600}',
  ];
  return [...ascii, ...others].flatMap((character) => [
    `${character}reg.com`,
    `re${character}g.com`,
    `re_g${character}a.com`,
    `reg.com${character}`,
    `reg.c${character}m`,
  ]);
}

/** Names that mean something to somebody, and that come close. */
function named(): string[] {
  const hub = ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'];
  const local = [
    'localhost',
    'local_host',
    'localhost.',
    'localhost_',
    '_localhost',
    'a.localhost',
  ];
  const names = [
    ...hub,
    ...hub.map((name) => name.toUpperCase()),
    ...hub.map((name) => name.replace('d', 'D')),
    'auth.docker.io',
    'docker_io',
    'docker.io_',
    'docker_.io',
    'x_y.docker.io',
    'docker.com',
    ...local,
    ...local.map((name) => name.toUpperCase()),
    'my_reg.evil.com',
    'My_Reg.evil.com',
    'my_reg',
    '_reg.com',
    'a_.b',
    'a._b',
    'a.b_',
    'a__b.c',
    'a___b.c',
    'a-_b.c',
    'x.my_reg.evil.com',
    'evil.my_reg',
    '1_0.0.0.1',
    '10.0.0_1',
    '0_x.1',
    'library',
    'library.io',
    'library_x.io',
    'xn--bcher-kva.example',
    'xn--a_b.example',
    'bücher.example',
    'a%5fb.c',
    'a%2eb',
    '%61.b',
    'a+b.c',
    'a~b.c',
    'user@reg.com',
    'user:pw@reg.com',
    'http:',
    'https://reg.com',
    'a.b.',
    '.a.b',
    'a..b',
    '-a.b',
    'a-.b',
    'a.-b',
    'a.b-',
    '.',
    '..',
    '...',
    '_',
    '__',
    '_._',
    '-',
    ':',
    'f'.repeat(64),
    `${'f'.repeat(64)}.io`,
    `a_${'f'.repeat(62)}`,
    `sha256:${'f'.repeat(64)}`,
  ];
  const addresses = [
    '127.0.0.1',
    '10.0.0.1',
    '256.256.256.256',
    '1.2.3',
    '127.1',
    '0x7f.1',
    '017700000001',
    '2130706433',
    '[::1]',
    '[2001:db8::1]',
    '[2001:DB8::1]',
    '[::ffff:1.2.3.4]',
    '[fe80::1%eth0]',
    '[fe80::1%25eth0]',
    '[]',
    '[::',
    '::1]',
    '::1',
    '[a_b]',
    '[:]',
    '[:::::]',
    '[gg::]',
    '[::1].com',
    '[::1]x',
    '[1]',
  ];
  const ports = [
    '',
    ':0',
    ':443',
    ':5000',
    ':05000',
    ':65535',
    ':65536',
    ':99999999999999999999',
    ':5_0',
    ':-1',
    ':http',
  ];
  const withPort = [
    'reg.com',
    'reg',
    'a_b',
    'a_b.c',
    'HOST',
    'docker.io',
    'localhost',
    '[::1]',
    '127.0.0.1',
  ];
  return [...names, ...addresses, ...withPort.flatMap((name) => ports.map((port) => name + port))];
}

/** At and beyond the bounds: of a label, of a host, of a path, which a host with `_` is part of. */
function long(): string[] {
  const labels = [63, 64, 128, 240, 241].flatMap((length) => {
    const label = 'l'.repeat(length);
    return [`${label}.com/x`, `a_${label}.com/x`, `${label}/x`];
  });
  const hosts = [243, 244, 250, 251, 252, 253, 254, 255, 256, 300, 1000].flatMap((length) => {
    const name = 'l.'.repeat(length / 2).slice(0, length - 1);
    return [
      `${name}l/x`,
      `a_${name.slice(2)}l/x`,
      `a_b.c/${'p'.repeat(length)}`,
      `a.c/${'p'.repeat(length)}`,
    ];
  });
  return [...labels, ...hosts];
}
