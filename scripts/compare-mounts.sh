#!/usr/bin/env bash
# Compares what ordinary programs need on a folder, on a mount that only passes through (bindfs), and on the same folder
# mounted through fltsim: without a driver, with fileguard.sys and no policy, and with fileguard.sys observing.
set -euo pipefail

usage() {
    cat <<'END'
Usage: scripts/compare-mounts.sh [-n RUNS] [-s MEBIBYTES] [-d DIRECTORY]

  -n  how many runs the medians are of (3)
  -s  the size of the file that is read sequentially, in MiB (1024)
  -d  where the work folder is made, on the disk that is to be measured ($TMPDIR, else /tmp)

Each run unpacks an archive of 5,000 files and a git repository, asks for `git status` (the first time git has to read
every file, because it has not seen these inodes before; then it only asks for their attributes), walks the tree with
`find -printf %s`, and reads one large file, first and again. Each run mounts afresh. The file itself lies in the page
cache of the bare folder, so the first read shows what the mount costs and not the disk. Nothing system-wide is dropped.

ext4 is slow to make files for up to five minutes after many were removed, by an earlier run for example: that shows in
`tar x`, on the bare folder as well. -d /dev/shm measures without a disk.
END
}

runs=3
size=1024
directory=${TMPDIR:-/tmp}
while getopts n:s:d:h option; do
    case $option in
        n) runs=$OPTARG ;;
        s) size=$OPTARG ;;
        d) directory=$OPTARG ;;
        h) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
if ! [[ $runs =~ ^[1-9][0-9]*$ && $size =~ ^[1-9][0-9]*$ ]]; then
    echo "compare-mounts: the number of runs and the size are whole numbers from 1" >&2
    exit 2
fi

repository=$(cd "$(dirname "$0")/.." && pwd)
for program in cargo git tar find dd awk sort mountpoint fusermount3; do
    if ! command -v "$program" >/dev/null; then
        echo "compare-mounts: $program is missing (on Debian and Ubuntu: apt-get install git tar findutils coreutils mawk util-linux fuse3)" >&2
        exit 1
    fi
done
if ! { : <>/dev/fuse; } 2>/dev/null; then
    echo "compare-mounts: /dev/fuse is missing or may not be opened, so nothing can be mounted here" >&2
    exit 1
fi

kinds=(bare bindfs none idle observing)
declare -A title=([bare]="bare folder" [bindfs]="bindfs" [none]="no driver" [idle]="no policy" [observing]="observing")
if ! command -v bindfs >/dev/null; then
    echo "compare-mounts: bindfs is missing, so its column is left out (apt-get install bindfs)" >&2
    kinds=(bare none idle observing)
fi

work=$(mktemp -d "$directory/compare-mounts.XXXXXX")
root=$work/root
mount=$work/mount
machine=$work/machine
server=
watcher=

unmount() {
    if [ -n "$watcher" ]; then
        kill -INT "$watcher" 2>/dev/null || true
        wait "$watcher" 2>/dev/null || true
        watcher=
    fi
    if mountpoint -q "$mount"; then
        fusermount3 -u "$mount" 2>/dev/null || fusermount3 -u -z "$mount" || true
    fi
    if [ -n "$server" ]; then
        wait "$server" 2>/dev/null || true
        server=
    fi
}

clean_up() {
    trap - EXIT INT TERM HUP
    cd /
    unmount
    # A mount that could not be ended is left alone: what is behind it must not be removed through it.
    if mountpoint -q "$mount"; then
        echo "compare-mounts: $mount is still mounted; end it and remove $work" >&2
    else
        rm -rf --one-file-system "$work"
    fi
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
trap 'exit 129' HUP

echo "Building fltsim, fileguardctl and fileguard.sys ..."
driver=$(cd "$repository" && cargo xtask driver)
(cd "$repository" && cargo build --quiet --profile tools --package fltsim --package fileguardctl --bins)
tools=${CARGO_TARGET_DIR:-$repository/target}/tools

echo "Making the files in $work ..."
mkdir -p "$root" "$mount" "$machine" "$work/source/tree"
# 5,000 files of 8 KiB and 50 folders, the same each time.
for folder in {00..49}; do
    mkdir "$work/source/tree/$folder"
    (cd "$work/source/tree/$folder" && awk -v folder="$folder" 'BEGIN {
        for (file = 0; file < 100; file++) {
            name = sprintf("file-%02d.txt", file)
            for (line = 0; line < 128; line++) {
                printf "%063d\n", (folder * 100 + file) * 128 + line > name
            }
            close(name)
        }
    }')
done
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_OPTIONAL_LOCKS=1
git -C "$work/source/tree" init -q
git -C "$work/source/tree" add .
git -C "$work/source/tree" -c user.name=nobody -c user.email=nobody@example.com commit -q -m "5,000 files"
tar cf "$work/tree.tar" -C "$work/source" tree
dd if=/dev/zero of="$root/large" bs=1M count="$size" status=none
printf '[[rule]]\npath = "/**"\naction = "observe"\n' >"$work/observe.toml"

wait_for_mount() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        if mountpoint -q "$mount"; then
            return
        fi
        if ! kill -0 "$server" 2>/dev/null; then
            break
        fi
        sleep 0.1
    done
    echo "compare-mounts: $1 did not mount $mount; what it says:" >&2
    cat "$work/server.log" >&2
    exit 1
}

# Mounts the folder in a way, and sets `folder` to where the programs are to work.
mount_as() {
    folder=$mount
    case $1 in
        bare)
            folder=$root
            return ;;
        bindfs)
            bindfs -f "$root" "$mount" >"$work/server.log" 2>&1 &
            server=$! ;;
        none)
            "$tools/fltsim" mount "$root" "$mount" --machine "$machine" >"$work/server.log" 2>&1 &
            server=$! ;;
        idle | observing)
            "$tools/fltsim" mount "$driver" "$root" "$mount" --machine "$machine" >"$work/server.log" 2>&1 &
            server=$! ;;
    esac
    wait_for_mount "${title[$1]}"
    if [ "$1" = observing ]; then
        "$tools/fileguardctl" --machine "$machine" policy load "$work/observe.toml" >/dev/null
        "$tools/fileguardctl" --machine "$machine" watch --json >"$work/events" 2>/dev/null &
        watcher=$!
        # The events count from when the client is connected.
        sleep 0.5
    fi
}

workloads=(tar status again find first second)
declare -A label=(
    [tar]="tar x, 5,000 files" [status]="git status, first" [again]="git status, again" [find]="find -printf %s"
    [first]="read $size MiB, first" [second]="read $size MiB, again"
)

# Runs a workload and notes how long it took.
timed() {
    local kind=$1 workload=$2 begin end
    shift 2
    begin=${EPOCHREALTIME/[.,]/}
    if ! "$@" >/dev/null 2>"$work/complaint"; then
        echo "compare-mounts: ${label[$workload]} failed on ${title[$kind]}: $(head -n 1 "$work/complaint")" >&2
        exit 1
    fi
    end=${EPOCHREALTIME/[.,]/}
    echo $((end - begin)) >>"$work/times-$kind-$workload"
}

run_workloads() {
    # What was unpacked stays until the end: ext4 is slow to make files for minutes after others were removed.
    local kind=$1 unpacked=$folder/$1-$run
    mkdir "$unpacked"
    timed "$kind" tar tar xf "$work/tree.tar" -C "$unpacked"
    timed "$kind" status git -C "$unpacked/tree" status --porcelain
    timed "$kind" again git -C "$unpacked/tree" status --porcelain
    timed "$kind" find find "$unpacked" -printf '%s\n'
    timed "$kind" first dd if="$folder/large" of=/dev/null bs=1M status=none
    timed "$kind" second dd if="$folder/large" of=/dev/null bs=1M status=none
}

# Shows what is being done, where somebody is looking.
progress() {
    if [ -t 2 ]; then
        printf '\r%-40s\r%s' "" "$1" >&2
    fi
}

events=
for ((run = 1; run <= runs; run++)); do
    for kind in "${kinds[@]}"; do
        progress "Run $run of $runs: ${title[$kind]}"
        cat "$root/large" >/dev/null
        mount_as "$kind"
        run_workloads "$kind"
        if [ "$kind" = observing ]; then
            status=$("$tools/fileguardctl" --machine "$machine" status --json)
            events=$(sed -n 's/.*"produced": *\([0-9]*\).*/\1/p' <<<"$status")
            events+=" events, of which $(sed -n 's/.*"lost": *\([0-9]*\).*/\1/p' <<<"$status") were lost"
        fi
        unmount
    done
done
progress ""

# The median of a workload, in microseconds.
median() {
    sort -n "$work/times-$1-$2" | awk '{ value[NR] = $1 } END {
        print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2
    }'
}

echo
echo "Medians of $runs runs: seconds on the bare folder, and how many times as long elsewhere"
echo "(no driver, no policy, observing: through fltsim; the last two with fileguard.sys)"
echo
printf '%-22s' ""
for kind in "${kinds[@]}"; do
    printf '%13s' "${title[$kind]}"
done
echo
for workload in "${workloads[@]}"; do
    printf '%-22s' "${label[$workload]}"
    bare=$(median bare "$workload")
    for kind in "${kinds[@]}"; do
        awk -v kind="$kind" -v time="$(median "$kind" "$workload")" -v bare="$bare" 'BEGIN {
            if (kind == "bare") printf "%11.3f s", time / 1e6; else printf "%12.2fx", time / bare
        }'
    done
    echo
done
if [ -n "$events" ]; then
    echo
    echo "While observing, the last run made $events."
fi
