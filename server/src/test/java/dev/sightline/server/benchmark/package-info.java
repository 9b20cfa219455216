/**
 * What the kernels cost, by JMH: {@code mvn -Pjmh -DskipTests test -pl proto,client,server
 * -Djmh.args="Upsampling"}; without {@code jmh.args} all of them. Not run by the build.
 */
@org.jspecify.annotations.NullMarked
package dev.sightline.server.benchmark;
