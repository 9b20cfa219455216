package dev.sightline.server.access;

import java.security.cert.X509Certificate;

/** Which certificates clients may show. It may change; thread-safe. */
@FunctionalInterface
public interface Trust {

  /**
   * Whether a client with these certificates is let in now.
   *
   * @param chain its own first
   */
  boolean trusts(X509Certificate[] chain);
}
