"""The same as main.go, with the readers of Python."""
import datetime
import json
import sys

import ruamel.yaml
import tomllib
import yaml


def plain(value):
    if isinstance(value, dict):
        return {key if isinstance(key, str) else repr(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return repr(value) if isinstance(value, (bytes, datetime.date)) else value


readers = {
    'yaml': {
        'PyYAML': lambda text: list(yaml.safe_load_all(text)),
        'ruamel.yaml': lambda text: list(ruamel.yaml.YAML(typ='safe', pure=True).load_all(text)),
    },
    'toml': {'tomllib': tomllib.loads},
    'cel': {},
}

for line in sys.stdin:
    given = json.loads(line)
    found = {}
    for name, read in readers[given['format']].items():
        try:
            found[name] = plain(read(given['text']))
        except Exception as error:
            found[name] = f'error: {error}'
    print(json.dumps(found))
