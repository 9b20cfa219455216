/** Keeps the folders docker and k8s right: what they name must exist, and be spelt as it is. */
@NullMarked
package dev.sightline.server.deploy;

import org.jspecify.annotations.NullMarked;
