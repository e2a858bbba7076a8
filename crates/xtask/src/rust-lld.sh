#!/bin/sh
# Stands in for rust-lld when a driver is linked. lld writes its command line and the names of its inputs into the program
# database, and the database's hash into the image: with the path of the sources in them, and the name that rustc gives its
# temporary folder anew each time, no two folders would give the same bytes. So they are named from the folder of the
# sources, in which cargo runs this.
set -eu
sources=$(pwd)
own=${0%/*}
count=$#
while [ "$count" -gt 0 ]; do
    argument=$1
    shift
    count=$((count - 1))
    case $argument in
    */rustc??????/*)
        before=${argument%%/rustc??????/*}
        behind=${argument#"$before"/}
        ln -sfn "${before#/*:}/${behind%%/*}" "$own/inputs"
        case $before in
        /*:*) argument=${before%%:*}:$own/inputs/${behind#*/} ;;
        *) argument=$own/inputs/${behind#*/} ;;
        esac
        ;;
    esac
    case $argument in
    "$sources"/*) argument=${argument#"$sources"/} ;;
    /*:"$sources"/*) argument=${argument%%:*}:${argument#*:"$sources"/} ;;
    esac
    set -- "$@" "$argument"
done
exec rust-lld "$@" '/PDBSOURCEPATH:.'
