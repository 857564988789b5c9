#!/bin/bash
# SPDX-License-Identifier: MIT
# handout.sh [FILE] - `make handout`: the archive for students.
#
# It holds the exercises as handed out, the grader's source and what a student
# reads, with a README of its own; no reference, no solutions, none of the
# kit's own tests. FILE is build/threadlab-handout.tar.gz unless said
# otherwise. The same sources give the same bytes.
set -eu
cd "$(dirname "$0")/.."
LC_ALL=C
export LC_ALL

out=${1-build/threadlab-handout.tar.gz}
name=threadlab
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/$name

if ! (cd exercises && sha256sum --check --quiet stubs.sha256) >&2; then
    echo "handout: the files above are not the stubs as handed out;" \
        "put them back first" >&2
    exit 2
fi
mkdir -p "$root/docs" "$root/tools" "$(dirname "$out")"
cp Makefile LICENSE "$root/"
cp docs/handout.md "$root/README.md"
cp docs/{results,schedules,check,what-is-proved,patterns,python-to-c,topics}.md \
    docs/result.schema.json docs/seccomp.json "$root/docs/"
cp tools/setup.sh "$root/tools/"
# Only what belongs there: no editor's leftovers, nothing that was built.
find exercises grader -type f \( -name '*.[ch]' -o -name '*.md' \
    -o -name '*.yaml' -o -name '*.txt' -o -name '*.sha256' \
    -o -name '*.sh' -o -name '*.sed' \) \
    -exec cp --parents {} "$root/" \;
tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner \
    --mode=u+rwX,go+rX,go-w -C "$work" -cf - "$name" | gzip -n9 >"$out.part"
mv "$out.part" "$out"
echo "$out: $(tar -tzf "$out" | grep -c /exercise.yaml) exercises," \
    "$(($(stat -c %s "$out") / 1024)) KB"
