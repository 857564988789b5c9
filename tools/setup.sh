#!/bin/sh
# SPDX-License-Identifier: MIT
# setup.sh LIST... - see that the packages of these lists are installed.
#
#   grade      what `make grade` needs          test   the rest of `make test`
#   lint       the rest of `make lint`          image  what the container runs
#   container  what `make container` needs where no Docker daemon answers
#
# On Debian and its derivatives what is missing is named, with its reason,
# and installed: by apt-get as root, by sudo otherwise. SETUP=no only names it
# and exits 1 when anything is missing. On any other system nothing is ever
# installed. A stamp under build/ makes the next call a matter of
# milliseconds; it is void once dpkg has changed anything.
set -eu
cd "$(dirname "$0")/.."
LC_ALL=C
export LC_ALL

# list package reason. A package may serve two lists: "grade,image".
packages() {
    cat <<LIST
grade           gcc                 compiles the grader
grade           libjansson-dev      reads and writes JSON
grade           libcyaml-dev        reads exercise.yaml
grade           libexpat1-dev       reads the XML of Valgrind
grade           libuv1-dev          runs processes, timers and signals
grade           libdw-dev           turns addresses into file and line
grade           libelf-dev          looks into compiled submissions
grade           libseccomp-dev      fences in what a submission may do
grade           libtalloc-dev       keeps the memory of the grader in order
grade           libmd-dev           names builds by their content
grade           make                runs the Makefile
grade,image     clang               compiles the submissions
grade,image     $CLANG_RT  the runtimes of TSan and ASan
grade,image     libc6-dev           the C library, with pthread.h
grade,image     binutils            links what was compiled
grade,image     libcriterion-dev    the test framework of the exercises
grade,image     valgrind            Helgrind, the second opinion on races
grade,image     bubblewrap          shuts each submission into a sandbox
image           libjansson4         reads and writes JSON
image           libcyaml1           reads exercise.yaml
image           libexpat1           reads the XML of Valgrind
image           libuv1              runs processes, timers and signals
image           libdw1              turns addresses into file and line
image           libelf1             looks into compiled submissions
image           libseccomp2         fences in what a submission may do
image           libtalloc2          keeps the memory of the grader in order
image           libmd0              names builds by their content
test            python3-jsonschema  checks result files against the schema
lint            clang-format        checks the layout of the source
lint            clang-tidy          looks for mistakes in the source
lint            cppcheck            looks for other mistakes in the source
lint            shellcheck          looks for mistakes in shell scripts
container       podman              runs the container
container       buildah             builds the image
container       runc                starts the processes in it
container       crun                the runtime podman asks for first
container       mmdebstrap          makes the base image where none is found
container       ca-certificates     lets a base image be fetched
LIST
}

is_debian_like() {
    [ -r /etc/os-release ] && command -v dpkg-query >/dev/null || return 1
    # shellcheck source=/dev/null
    ids=$(. /etc/os-release; echo " ${ID-} ${ID_LIKE-} ")
    case $ids in
    *" debian "* | *" ubuntu "*) return 0 ;;
    esac
    return 1
}

system_name() {
    if [ -r /etc/os-release ]; then
        # shellcheck source=/dev/null
        (. /etc/os-release; echo "${PRETTY_NAME:-${ID-this system}}")
    else
        uname -s
    fi
}

# The runtime package carries the version of the default clang.
clang_rt() {
    # shellcheck source=/dev/null
    n=$( (. /etc/os-release; [ "${VERSION_ID-}" = 12 ] && echo 14) ||
        apt-cache depends clang 2>/dev/null |
        sed -n 's/.*Depends: clang-\([0-9]*\)$/\1/p' | head -n 1)
    echo "libclang-rt-${n:-14}-dev"
}

# The rows of the wanted lists: "package reason".
wanted() {
    for list in "$@"; do
        packages | awk -v list="$list" '
            ("," $1 ",") ~ ("," list ",") { $1 = ""; print substr($0, 2) }'
    done
}

missing() {
    rows=$(wanted "$@")
    # shellcheck disable=SC2046 # one word a package is what is meant
    have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' \
        $(echo "$rows" | cut -d' ' -f1) 2>/dev/null |
        sed -n 's/^installed //p') || :
    echo "$rows" | while read -r name reason; do
        echo "$have" | grep -qxF "$name" || echo "$name $reason"
    done
}

container_advice() {
    cat >&2 <<'END'
The safe way in is the container; it needs only Docker or Podman:
  docker build -t threadlab .
README.md shows the one command that grades a folder with it.
END
}

# Outside Debian the packages have other names: look for what they bring.
foreign() {
    echo "threadlab is made for Debian 12; this is $(system_name)." >&2
    absent=
    for tool in gcc clang valgrind make; do
        command -v $tool >/dev/null || absent="$absent $tool"
    done
    for header in criterion/criterion.h jansson.h cyaml/cyaml.h expat.h uv.h \
        elfutils/libdw.h libelf.h seccomp.h talloc.h md5.h; do
        [ -e "/usr/include/$header" ] || [ -e "/usr/local/include/$header" ] ||
            absent="$absent $header"
    done
    case $(uname -s) in
    Linux) ;;
    *) absent="$absent Linux" ;;
    esac
    if [ -z "$absent" ]; then
        echo "Everything it needs seems to be here; trying." >&2
        return 0
    fi
    echo "Missing here:$absent" >&2
    echo "Nothing is installed on this system." >&2
    container_advice
    return 1
}

install() {
    as_root=
    if [ "$(id -u)" != 0 ]; then
        as_root=sudo
        [ -t 0 ] || as_root="sudo -n"
        if ! command -v sudo >/dev/null; then
            echo "Neither root nor sudo: have them installed for you, with" >&2
            echo "  apt-get install $*" >&2
            container_advice
            return 1
        fi
    fi
    log=$(mktemp)
    if apt_get update && apt_get install -y --no-install-recommends "$@"; then
        rm -f "$log"
    else
        cat "$log" >&2
        rm -f "$log"
        return 1
    fi
}

apt_get() { # arguments...: its many lines are shown only if it fails
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q \
        -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >>"$log" 2>&1
}

[ $# -gt 0 ] || { sed -n '3,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
stamp=build/.setup-$(echo "$*" | tr ' ' '-')
if [ -n "$(find "$stamp" -newer /var/lib/dpkg/status -newer "$0" \
    2>/dev/null)" ]; then
    exit 0
fi
if ! is_debian_like; then
    foreign
    exit
fi
CLANG_RT=$(clang_rt)
lacking=$(missing "$@")
if [ -n "$lacking" ]; then
    echo "Missing packages:" >&2
    echo "$lacking" | while read -r name reason; do
        printf '  %-20s %s\n' "$name" "$reason" >&2
    done
    case $(system_name) in
    "Debian GNU/Linux 12"*) ;;
    *)
        echo "The kit is tested on Debian 12; this is $(system_name)." >&2
        container_advice
        ;;
    esac
    if [ "${SETUP-}" = no ]; then
        echo "SETUP=no: nothing was installed." >&2
        exit 1
    fi
    echo "Installing them ..." >&2
    # shellcheck disable=SC2046 # one word a package is what is meant
    if ! install $(echo "$lacking" | cut -d' ' -f1); then
        echo "setup: the packages above could not be installed." >&2
        exit 1
    fi
fi
# A stamp belongs to a checkout; a folder that cannot be written has none.
mkdir -p build 2>/dev/null || exit 0
(: >"$stamp") 2>/dev/null || exit 0
