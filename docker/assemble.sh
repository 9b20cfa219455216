#!/bin/sh
# Builds the server and lays its jars out: assemble.sh cpu|pytorch|gpu FOLDER
set -eu
image=$1
app=$2
set --
if [ "$image" != cpu ]; then set -- "-P$image"; fi

mvn -B -ntp -q "$@" -pl server -am -Dmaven.test.skip=true -Dspotless.check.skip=true package
mkdir -p "$app/lib" "$app/own"
classpath=$(ls server/target/sightline-server-*.jar):$(cat server/target/classpath)
names=
for jar in $(echo "$classpath" | tr : ' '); do
  case $(basename "$jar") in sightline-*) folder=own ;; *) folder=lib ;; esac
  cp "$jar" "$app/$folder/"
  names=$names:/opt/sightline/$folder/$(basename "$jar")
done
version=$(sed -n 's:.*<version>\(.*\)</version>.*:\1:p' pom.xml | head -n 1)

# Java's arguments in every image. A class path with a wildcard would have no order, which the archive of classes needs.
cat > "$app/own/java.args" <<ARGS
-XX:SharedArchiveFile=/opt/sightline/own/sightline.jsa
-XX:-UsePerfData
-Djava.io.tmpdir=/cache
-Dai.djl.offline=true
-Dai.djl.onnx.disable_alternative=true
-Dsightline.version=$version
--enable-native-access=ALL-UNNAMED
-cp
${names#:}
ARGS
# The archive of classes and the layers' digests know files by their times.
find "$app" -exec touch -d '2026-01-01T00:00:00Z' {} +
