#!/bin/bash
# SPDX-License-Identifier: MIT
# container.sh - `make container`: build the image and grade inside it.
#
# The reference must pass with every point, and a wrong solution must fail
# with the headline that its file name declares; both on a read-only root,
# without a network, without capabilities and without root.
#
# Where a Docker daemon answers, it is used, and the image stays as
# `threadlab`. Elsewhere buildah builds and podman runs, in a storage of their
# own that is removed at the end. Exit status: 0 as expected, 1 not as
# expected, 77 no container can be built here - the last line says why.
set -u
cd "$(dirname "$0")/.." || exit 1

WRONG=25-bank-transfer
WRONG_FILE=solutions/$WRONG/data-race-unlocked-balance.c
WRONG_AS=bank.c
WRONG_KIND=data-race
BASE=docker.io/library/debian:bookworm-slim

work=$(mktemp -d) || exit 1

# shellcheck disable=SC2317 # called by the trap
cleanup() {
    if [ -e "$work/storage" ]; then
        buildah_ rmi --all --force >/dev/null 2>&1
        umount "$work/storage/overlay" 2>/dev/null
    fi
    rm -rf --one-file-system "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

cannot() { # reason
    echo "$1"
    exit 77
}

# Podman and buildah, kept apart from whatever else the machine runs.
STORAGE=(--root "$work/storage" --runroot "$work/run")
podman_() {
    CONTAINERS_CONF=$work/containers.conf podman "${STORAGE[@]}" "$@"
}
buildah_() {
    CONTAINERS_CONF=$work/containers.conf buildah "${STORAGE[@]}" "$@"
}

# No systemd here, maybe no cgroup to write to: ask for neither.
prepare_podman() {
    mkdir -p "$work/storage" "$work/run"
    cat >"$work/containers.conf" <<'END'
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
END
}

base_image() {
    if timeout 60 buildah "${STORAGE[@]}" pull --quiet "$BASE" \
        >/dev/null 2>&1; then
        return 0
    fi
    echo "$BASE cannot be fetched: making it with mmdebstrap"
    command -v mmdebstrap >/dev/null || return 1
    local sources=()
    [ -e /etc/apt/sources.list.d/debian.sources ] &&
        sources=(/etc/apt/sources.list.d/debian.sources)
    mmdebstrap --variant=minbase --quiet bookworm "$work/base.tar" \
        "${sources[@]+"${sources[@]}"}" || return 1
    podman_ import --quiet --change 'CMD ["bash"]' "$work/base.tar" "$BASE" \
        >/dev/null
    local rc=$?
    rm -f "$work/base.tar"
    return "$rc"
}

build_with_docker() {
    docker build -t threadlab . || exit 1
    run=(docker run --rm)
}

build_with_buildah() {
    tools/setup.sh container || cannot \
        "no Docker daemon answers, and podman and buildah are not installed"
    [ "$(uname -s)" = Linux ] || cannot "no Docker daemon answers"
    prepare_podman
    buildah_ info >/dev/null 2>"$work/why" || cannot \
        "buildah does not work here: $(tail -n 1 "$work/why")"
    base_image || cannot "there is no base image: $BASE cannot be fetched"
    buildah_ bud --isolation=chroot --pull-never --layers -t threadlab . ||
        exit 1
    run=(podman_ run --rm)
    "${run[@]}" --network=none --entrypoint true threadlab \
        >/dev/null 2>"$work/why" || cannot \
        "podman cannot run a container here: $(tail -n 1 "$work/why")"
}

# Both the submission and the place for results belong to an ordinary user.
graded() { # name, folder to grade, further arguments...
    local name=$1 folder=$2
    shift 2
    "${run[@]}" --network=none --read-only --tmpfs /tmp:exec \
        --cap-drop=all --security-opt no-new-privileges --user 1234:1234 \
        -v "$folder":/submission:ro -v "$work/out":/out threadlab \
        grade -s /submission --json "/out/$name.json" "$@" </dev/null
}

expect() { # what, found, expected
    if [ "$2" = "$3" ]; then
        echo "container: $1: $2, as it should be"
    else
        echo "container: $1: $2, but $3 was expected"
        failed=1
    fi
}

headline() { # result file: the kinds of all headlines, each once
    tr '{},' '[\n*]' <"$1" | sed -n \
        -e '/"kind":/{s/.*"kind": *"\([^"]*\)".*/\1/;h;}' \
        -e '/"headline": *true/{g;p;}' | sort -u | paste -sd' '
}

if docker info >/dev/null 2>&1; then
    build_with_docker
else
    build_with_buildah
fi

mkdir -p "$work/out" "$work/reference" "$work/wrong/$WRONG"
cp -R reference/. "$work/reference/"
cp "$WRONG_FILE" "$work/wrong/$WRONG/$WRONG_AS"
chmod 755 "$work"
chmod 777 "$work/out"
chmod -R go+rX "$work/reference" "$work/wrong"

failed=0
graded reference "$work/reference" --require-all
expect "the reference, exit status" $? 0
graded wrong "$work/wrong" "$WRONG"
expect "a wrong solution, exit status" $? 1
expect "a wrong solution, headline" "$(headline "$work/out/wrong.json")" \
    "$WRONG_KIND"
exit "$failed"
