#!/bin/sh
# Runs the server once, and archives the classes that it loaded (AppCDS): archive-classes.sh NETWORK ARCHIVE
set -eu
network=$1
archive=$2
main=dev.sightline.server.app.Main
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
export SIGHTLINE_HOME="$home" DJL_CACHE_DIR="$home/djl"

# The archive that is not there yet must not be asked for, and /cache is no place for what stays in a layer.
sed "/SharedArchiveFile/d; s:^-Djava.io.tmpdir=.*:-Djava.io.tmpdir=$home:" /opt/sightline/own/java.args > "$home/java.args"

java "@$home/java.args" "$main" model add "$network" --name training --scale 1 --mean 0,0,0 --std 1,1,1
java "@$home/java.args" "-XX:ArchiveClassesAtExit=$archive" "$main" \
  serve --host 127.0.0.1 --port 8484 --models training --device cpu &
server=$!
tries=0
until java "@$home/java.args" "$main" health --server 127.0.0.1:8484; do
  tries=$((tries + 1))
  if [ "$tries" -ge 60 ]; then echo 'the server never became healthy' >&2; exit 1; fi
  sleep 1
done
kill -TERM "$server"
wait "$server"
[ -s "$archive" ]
