package dev.sightline.server.app.secure;

import dev.sightline.server.access.Trust;
import io.grpc.util.AdvancedTlsX509TrustManager;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/** The authorities whose clients are let in: by the handshake, and after it. */
final class ClientAuthorities implements Trust {
  private final AdvancedTlsX509TrustManager handshake;
  private volatile X509TrustManager current;

  /** Trusts clients of those alone. */
  ClientAuthorities(X509Certificate[] authorities) throws GeneralSecurityException, IOException {
    handshake = AdvancedTlsX509TrustManager.newBuilder().build();
    handshake.updateTrustCredentials(authorities);
    current = trustManager(authorities);
  }

  /** Trusts clients of others from now on. */
  void replace(X509Certificate[] authorities) throws GeneralSecurityException, IOException {
    X509TrustManager next = trustManager(authorities);
    handshake.updateTrustCredentials(authorities);
    current = next;
  }

  /** For connections that begin. */
  AdvancedTlsX509TrustManager handshake() {
    return handshake;
  }

  @Override
  public boolean trusts(X509Certificate[] chain) {
    try {
      current.checkClientTrusted(chain, chain[0].getPublicKey().getAlgorithm());
      return true;
    } catch (CertificateException e) {
      return false;
    }
  }

  private static X509TrustManager trustManager(X509Certificate[] authorities)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    for (int i = 0; i < authorities.length; i++) {
      store.setCertificateEntry(Integer.toString(i), authorities[i]);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return (X509TrustManager) factory.getTrustManagers()[0];
  }
}
