/**
 * How a running server is watched: metrics for Prometheus, traces for OpenTelemetry, and the
 * management port on which both a scraper and whoever restarts containers ask.
 *
 * <p>Lives here: what listens to {@link dev.sightline.server.batch.Telemetry}, and nothing that
 * decides what becomes of a frame. The rooms that work know none of this: no room but this one
 * knows Micrometer or OpenTelemetry, and whatever fails here fails here alone ({@link
 * dev.sightline.server.app.telemetry.Guarded}).
 *
 * <p>{@link dev.sightline.server.app.telemetry.MetricNames} lists all that is measured.
 */
@NullMarked
package dev.sightline.server.app.telemetry;

import org.jspecify.annotations.NullMarked;
