/**
 * The methods of explanation as small pure functions of a layer's activation A and gradient g.
 *
 * <p>Lives here: one class a method, each saying only how its map comes from A and g, and the table
 * that finds it ({@link dev.sightline.server.explain.Methods}). A new method is a new class and a
 * line in that table.
 *
 * <p>Lives elsewhere: where A and g come from, how a map becomes pixels, and which method a layer
 * can give. This package uses no other room of the server.
 */
@NullMarked
package dev.sightline.server.explain;

import org.jspecify.annotations.NullMarked;
