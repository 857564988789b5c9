#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [WORD...] - grade programs that attack the grader.
#
# Each file of cases/ is named KIND[+KIND]-what-it-does.c after the headline
# it may get, `ok` for a pass; run.sh appends counter.c to it and grades the
# sum beside a right answer to another exercise. A case passes if the grader
# ends by itself, in time, with exit status 0 or 1 and a complete result; if
# the verdict is one of those named and the neighbour passes; and if no
# process and no file is left behind. A comment "Engines: ..." in the file
# chooses the engines, ASan otherwise. Some more cases, which a text file
# cannot hold, are made below; then the grader is interrupted; then part of
# everything is done again without bubblewrap.
#
# With words, only cases whose name contains one of them. KEEP=1 keeps the
# working folder. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
kit=$PWD
bound=120 # seconds for one grading, on a busy machine
words=("$@")
work=$(mktemp -d "${TMPDIR:-/tmp}/threadlab-hostile.XXXXXX") || exit 1
canary=$work/canary
mark=threadlab-was-here
python=/usr/bin/python3
export THREADLAB_CACHE=$work/cache NO_COLOR=1
export THREADLAB_SANDBOX=${THREADLAB_SANDBOX-}
if build/threadlab doctor | grep -q 'no bubblewrap'; then
    THREADLAB_SANDBOX=off # as if switched off: it cannot work here
fi
set -m # each job is a process group, so that all of it can be stopped
stop() {
    local job
    for job in $(jobs -p); do
        kill -- "-$job" 2>/dev/null
    done
    wait
    [ -n "${KEEP-}" ] || rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM
mkdir -p "$work/cache" "$work/verdicts" || exit 1
echo untouched >"$canary"

# -- what may not be left behind ----------------------------------------------

# Processes that still work in a folder of ours, or whose command line has the
# expression. (Brackets in it keep grep from finding itself.)
leftovers() { # folder, expression
    local proc
    for proc in $(
        find /proc/[0-9]*/ -maxdepth 1 \( -name exe -o -name cwd \) \
            -lname "$1/*" 2>/dev/null | cut -d/ -f3
        grep -lasE "$2" /proc/[0-9]*/cmdline | cut -d/ -f3
    ); do
        { tr '\0' ' ' <"/proc/$proc/cmdline"; echo; } 2>/dev/null
    done
}

# Files that the cases try to make or to change. /dev/shm is open to all where
# bubblewrap brings none of its own, for named semaphores are there.
traces() {
    if [ "$THREADLAB_SANDBOX" = off ]; then
        rm -rf "/dev/shm/$mark"
    fi
    find /tmp /var/tmp /dev/shm "$HOME" "$kit" "$kit/build" /etc "$work" \
        -maxdepth 2 -name "*$mark" 2>/dev/null
    [ "$(cat "$canary" 2>/dev/null)" = untouched ] || echo "$canary"
}

# -- one grading ---------------------------------------------------------------

# Prints what is wrong with the result file $1 if the verdict of exercise 21
# may be one of kinds $2 and that of exercise 11, if graded, must be a pass.
read -r -d '' judge <<'PYTHON'
import json, sys
kinds = sys.argv[2].split("+")
try:
    r = json.load(open(sys.argv[1]))
except Exception as e:
    sys.exit(print("no result file:", e))
if r["complete"] is not True:
    print("not complete")
for e in r["exercises"]:
    got = [f["kind"] for f in e["findings"] if f["headline"]]
    if e["id"] != "21-counter":
        if e["status"] != "passed":
            print("the neighbour:", e["status"], *got)
    elif e["status"] == "passed":
        print(" verdict ok" if "ok" in kinds else "passed")
    elif e["status"] == "not-started" and "not-started" in kinds:
        print(" verdict not-started")
    elif e["status"] != "failed" or not got:
        print("status", e["status"], e["fault"])
    elif not set(got) <= set(kinds):
        print("verdict", *sorted(set(got)))
    else:
        print(" verdict", *sorted(set(got)))
PYTHON

kinds_of() { # case name: the kinds it begins with, with + between
    local all='build-error|forbidden-call|assertion-failed|crash|early-exit'
    all+='|data-race|lock-order|deadlock|hang|busy-wait|missing-join'
    all+='|thread-misuse|memory-error|memory-leak|resource-limit|ok'
    all+='|not-started'
    grep -oE "^($all)(\+($all))*" <<<"$1"
}

# Grade $dir/sub and say what is wrong, one thing a line.
verdict() { # dir, kinds, engines
    local rc=0 left
    mkdir -p "$1/tmp"
    TMPDIR=$1/tmp timeout -k 10 "$bound" build/threadlab grade -p quick \
        -e "$3" -s "$1/sub" --json "$1/result.json" 11 21 \
        >"$1/log" 2>&1 </dev/null || rc=$?
    if [ "$rc" -gt 1 ]; then
        echo "exit status $rc"
    fi
    "$python" -c "$judge" "$1/result.json" "$2"
    left=$(
        leftovers "$1" "$1/[t]mp/"
        ls -A "$1/tmp"
    )
    if [ -n "$left" ]; then
        echo "left behind: $left"
    fi
}

wanted() { # name
    local word
    [ ${#words[@]} -eq 0 ] && return 0
    for word in "${words[@]}"; do
        case $1 in *"$word"*) return 0 ;; esac
    done
    return 1
}

# Print the line of a case and note how it went.
say() { # name, what is wrong (lines that begin with a space are remarks)
    local bad
    bad=$(grep -v '^ ' <<<"$2" | paste -sd';')
    if [ -z "$bad" ]; then
        printf 'ok   %-52s %s\n' "$1" "$(sed -n 's/^ //p' <<<"$2" |
            paste -sd';')"
    else
        printf 'FAIL %-52s %s\n' "$1" "$bad"
    fi
    : >"$work/verdicts/${1//\//_}.${bad:+bad}"
}

place() { # name: make its folder with the neighbour, print it
    mkdir -p "$work/$1/sub/21-counter"
    cp -r reference/11-start-join "$work/$1/sub/"
    echo "$work/$1"
}

grade_case() { # name, [engines]
    local dir began=$SECONDS out
    dir=$work/$1
    out=$(verdict "$dir" "$(kinds_of "$1")" "${2:-asan}")
    say "$1" "$out
 $((SECONDS - began)) s"
    [ -n "${KEEP-}" ] || rm -rf "$dir"
}

# Two at a time: most of a case is waiting.
start() { # command...
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do
        wait -n
    done
    "$@" &
}

text_case() { # file of cases/, [suffix of its name]
    local name dir engines
    name=$(basename "$1" .c)${2-}
    wanted "$name" || return
    dir=$(place "$name")
    sed -e "s|@KIT@|$kit|g" -e "s|@HOME@|$HOME|g" -e "s|@CANARY@|$canary|g" \
        "$1" tests/hostile/counter.c >"$dir/sub/21-counter/counter.c"
    engines=$(sed -n 's/^ \* Engines: \([a-z,]*\).*/\1/p' "$1")
    start grade_case "$name" "${3:-$engines}"
}

# A case whose file the command makes, at the path given to it.
made_case() { # name, command...
    local dir
    wanted "$1" || return
    dir=$(place "$1")
    "${@:2}" "$dir/sub/21-counter/counter.c"
    start grade_case "$1"
}

right=reference/21-counter/counter.c
make_crlf() { sed 's/$/\r/' $right >"$1"; }
make_bom() { printf '\357\273\277' | cat - $right >"$1"; }
make_nul() { { cat $right && printf 'int x\0y;\n'; } >"$1"; }
make_binary() { head -c 60000 build/threadlab >"$1"; }
make_huge() { { cat $right && yes '/* on and on */' | head -c 20000000; } >"$1"; }
make_long_line() { { cat $right && yes '+' | tr -d '\n' | head -c 3000000; } >"$1"; }
make_fifo() { mkfifo "$1"; }
make_link() { ln -s /nowhere/at/all "$1"; }
make_zero_link() { ln -s /dev/zero "$1"; }
make_loop() { ln -s counter.c "$1"; }
make_unreadable() { cp $right "$1" && chmod 0 "$1"; }

# -- interruptions --------------------------------------------------------------

# Send SIG to a grading after a while: it ends soon, with status STATUS, and
# leaves nothing. After SIGKILL the scratch folder stays: nobody can help it.
interrupt_case() { # signal, status, seconds, case
    local name="interrupted-by-$1-after-$3" dir pid rc=0 out="" left began
    wanted "$name" || return
    dir=$(place "$name")
    mkdir -p "$dir/tmp"
    cat "tests/hostile/cases/$4" tests/hostile/counter.c \
        >"$dir/sub/21-counter/counter.c"
    TMPDIR=$dir/tmp build/threadlab grade -p thorough -s "$dir/sub" \
        --json "$dir/result.json" >"$dir/log" 2>&1 </dev/null &
    pid=$!
    sleep "$3"
    began=$SECONDS
    kill -s "$1" "$pid"
    wait "$pid" 2>/dev/null || rc=$?
    [ "$rc" -eq "$2" ] || out="exit status $rc"$'\n'
    [ $((SECONDS - began)) -le 10 ] || out+="ended late"$'\n'
    sleep 0.5
    left=$(leftovers "$work" "$work/[c]ache/|^[s]leep.31337")
    [ -z "$left" ] || out+="left behind: $left"$'\n'
    if [ "$1" != KILL ]; then
        [ -z "$(ls -A "$dir/tmp")" ] || out+="scratch folder left"$'\n'
        # Interrupted before it began, it has not begun a result either.
        [ ! -e "$dir/result.json" ] ||
            grep -q '"complete": *false' "$dir/result.json" ||
            out+="result file claims to be complete"$'\n'
    fi
    say "$name" "$out $((SECONDS - began)) s"
    [ -n "${KEEP-}" ] || rm -rf "$dir"
}

# -- everything -------------------------------------------------------------------

for file in tests/hostile/cases/*.c; do
    text_case "$file"
done
made_case ok-crlf make_crlf
made_case ok-byte-order-mark make_bom
made_case build-error+ok-nul-byte make_nul
made_case build-error-binary make_binary
made_case build-error-huge-file make_huge
made_case build-error-long-line make_long_line
made_case build-error-folder mkdir
made_case build-error-fifo make_fifo
made_case build-error+not-started-dangling-link make_link
made_case build-error-link-to-dev-zero make_zero_link
made_case build-error+not-started-link-to-itself make_loop
made_case build-error+ok-unreadable make_unreadable # root reads everything
wait
say_rest() { # suffix
    local left
    left=$(traces)
    say "no-file-written$1" "${left:+files: $left}"
    left=$(leftovers "$work" "$work/[c]ache/|^[s]leep.31337")
    say "no-process-left$1" "${left:+processes: $left}"
}
say_rest ""

interrupt_case INT 130 1 hang-sleeps-for-ever.c
interrupt_case TERM 130 3 hang-sleeps-for-ever.c
interrupt_case INT 130 0.1 crash-abort.c
interrupt_case KILL 137 2 hang-sleeps-for-ever.c

if [ "$THREADLAB_SANDBOX" != off ]; then
    export THREADLAB_SANDBOX=off
    for file in tests/hostile/cases/{crash-null,crash-stops,early-exit-exit}*.c \
        tests/hostile/cases/{early-exit+hang,resource-limit-thread}*.c \
        tests/hostile/cases/{ok+crash,ok-fork,ok-signals,ok-writes-[fp]}*.c \
        tests/hostile/cases/{forbidden-call-kills,*-includes-ref}*.c; do
        text_case "$file" "/off" asan,criterion
    done
    wait
    say_rest /off
    interrupt_case INT 130 1.5 hang-sleeps-for-ever.c
fi

passed=$(find "$work/verdicts" -name '*.' | wc -l)
failed=$(find "$work/verdicts" -name '*.bad' | wc -l)
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
