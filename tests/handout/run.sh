#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh - the archive for students works, and gives nothing away.
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/threadlab-handout.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
export NO_COLOR=1 SETUP=no
passed=0 failed=0

expect() { # what, command...
    local what=$1
    shift
    if "$@" >"$work/log" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $what"
        cat "$work/log"
    fi
}

# In the unpacked archive.
inside() {
    (cd "$work/threadlab" && "$@")
}

says() { # words, command...
    local words=$1
    shift
    "$@" 2>&1 | tee /dev/stderr | grep -qF -- "$words"
}

holds_none_of_the_answers() {
    ! tar -tzf "$work/a.tar.gz" | grep -E '/(reference|solutions|tests|build)/'
}

solve() { # as a student would: the stub, edited
    cp reference/11-start-join/workers.c \
        "$work/threadlab/exercises/11-start-join/"
}

expect "it is made" tools/handout.sh "$work/a.tar.gz"
tools/handout.sh "$work/b.tar.gz" >/dev/null
expect "twice the same" cmp "$work/a.tar.gz" "$work/b.tar.gz"
expect "no answers" holds_none_of_the_answers
expect "unpacks" tar -xzf "$work/a.tar.gz" -C "$work"
expect "links lead somewhere" python3 tests/links.py "$work/threadlab"
expect "make grade, nothing started" says "not started" inside make grade
expect "list" says "Next: Start and join" inside build/threadlab list
solve
expect "make grade, solved" says "10/10" inside make grade EX=11 PROFILE=quick
expect "list, further on" says "10 of" inside build/threadlab list
expect "make test says why not" says "not in the handout" inside make test
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
