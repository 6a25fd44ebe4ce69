"""Runs a command, and prints its wall and CPU time in seconds and the RSS of its largest process in
MiB, as JSON: measure.py OUTPUT COMMAND [ARGUMENT...]. What the command prints goes to OUTPUT."""

import json
import resource
import subprocess
import sys
import time

with open(sys.argv[1], "wb") as output:
    start = time.monotonic()
    code = subprocess.call(sys.argv[2:], stdout=output, stderr=output)
    wall = time.monotonic() - start
used = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = used.ru_utime + used.ru_stime
print(json.dumps({"code": code, "wall": wall, "cpu": cpu, "rss": used.ru_maxrss / 1024}))
