package dev.sightline.server.app.secure;

import io.grpc.util.CertificateUtils;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;

/** Reads PEM files, and says in a sentence what is wrong with one, never what is in it. */
final class Pem {
  private static final byte[] PROBE = {83, 105, 103, 104, 116};

  private Pem() {}

  /** At least one certificate. */
  static X509Certificate[] certificates(Path file, byte[] content) {
    X509Certificate[] certificates;
    try {
      certificates = CertificateUtils.getX509Certificates(new ByteArrayInputStream(content));
    } catch (CertificateException e) {
      throw new IllegalArgumentException(file + " holds no certificates in PEM", e);
    }
    if (certificates.length == 0) {
      throw new IllegalArgumentException(file + " holds no certificate");
    }
    return certificates;
  }

  /** A private key. */
  static PrivateKey key(Path file, byte[] content) {
    try {
      return CertificateUtils.getPrivateKey(new ByteArrayInputStream(content));
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw new IllegalArgumentException(
          file
              + " holds no private key, RSA or elliptic curve, in PEM as PKCS #8"
              + " ('BEGIN PRIVATE KEY'); `openssl pkcs8 -topk8 -nocrypt` makes it one");
    }
  }

  /** Makes sure that clients will accept the two together, as far as the server can know. */
  static void requireUsable(TlsFiles files, X509Certificate certificate, PrivateKey key) {
    try {
      certificate.checkValidity();
    } catch (CertificateExpiredException e) {
      throw new IllegalArgumentException(
          "%s expired on %s".formatted(files.certificate(), certificate.getNotAfter().toInstant()),
          e);
    } catch (CertificateNotYetValidException e) {
      throw new IllegalArgumentException(
          "%s is not valid before %s"
              .formatted(files.certificate(), certificate.getNotBefore().toInstant()),
          e);
    }
    if (!fit(key, certificate.getPublicKey())) {
      throw new IllegalArgumentException(
          "%s is not the key of %s".formatted(files.key(), files.certificate()));
    }
  }

  /** Whether what the one signs is the other's. */
  private static boolean fit(PrivateKey key, PublicKey publicKey) {
    try {
      String scheme = "SHA256with" + (key.getAlgorithm().equals("EC") ? "ECDSA" : "RSA");
      Signature signing = Signature.getInstance(scheme);
      signing.initSign(key);
      signing.update(PROBE);
      byte[] signed = signing.sign();
      Signature verifying = Signature.getInstance(scheme);
      verifying.initVerify(publicKey);
      verifying.update(PROBE);
      return verifying.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
