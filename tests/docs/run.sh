#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh - the documents against the course.
#
# Every link to a file leads to one; and docs/topics.md and the `sources` of
# every exercise.yaml say the same. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
export PYTHONPATH=tests PYTHONDONTWRITEBYTECODE=1
exec python3 - <<'PYTHON'
import glob, re, sys

from links import links

passed, problems = 0, []


def check(good, problem):
    global passed
    passed += good
    if not good:
        problems.append(problem)


def text(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


for page, link, found in links("."):
    check(found, f"{page}: {link} does not exist")

# What is said on both sides: (source, exercise).
in_course, in_topics = set(), set()
for path in glob.glob("exercises/*/exercise.yaml"):
    names = re.search(r"^sources: \[(.*?)\]", text(path), re.M | re.S)
    for name in re.split(r"[,\s]+", names[1]) if names else []:
        in_course.add((name.strip('"'), path.split("/")[1]))
for row in re.findall(r"^\| ((?:T\d|47\.).*)\|$", text("docs/topics.md"), re.M):
    name, _, taught = (cell.strip() for cell in row.split("|"))
    check("](" in taught, f"docs/topics.md: nothing teaches {name}")
    in_topics |= {(name, id) for id in
                  re.findall(r"exercises/([^/]+)/README", taught)}
for name, id in sorted(in_course | in_topics):
    check((name, id) in in_topics,
          f"docs/topics.md: {name} does not name {id}, whose sources name it")
    check((name, id) in in_course,
          f"exercises/{id}: sources do not name {name}, as docs/topics.md says")

print(*problems, f"{passed} passed, {len(problems)} failed", sep="\n")
sys.exit(bool(problems))
PYTHON
