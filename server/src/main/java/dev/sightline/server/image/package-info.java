/**
 * Images as a client sends them, made into what a network takes.
 *
 * <p>Lives here: {@link dev.sightline.server.image.ImageReader}, which checks, decodes, resizes and
 * normalises one image straight into a batch's buffer, and the values that tell it how. Everything
 * that comes from outside is checked before it is believed: dimensions come from the header before
 * anything is decoded.
 *
 * <p>Lives elsewhere: image files and photographs as such (the heatmap package of both sides), maps
 * drawn over them, and which model wants which preprocessing.
 */
@NullMarked
package dev.sightline.server.image;

import org.jspecify.annotations.NullMarked;
