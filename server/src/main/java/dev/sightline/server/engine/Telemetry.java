package dev.sightline.server.engine;

import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.Platform;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps ONNX Runtime from reporting its use. From 1.29 on its library does so unless an environment
 * variable forbids it: it makes an identifier of the device, keeps it in the user's cache and sends
 * events to its maker. That begins when the library is loaded, so the variable must be set before.
 */
final class Telemetry {
  /** Forbids it when it is 1. */
  static final String VARIABLE = "ORT_DISABLE_TELEMETRY";

  private static final Logger log = LoggerFactory.getLogger(Telemetry.class);

  private Telemetry() {}

  /** The C library's, for Java cannot set a variable of its own process. */
  interface Environment extends Library {
    /** POSIX; 0 if it went well. */
    int setenv(String name, String value, int overwrite);
  }

  /** Microsoft's C library's. */
  interface WindowsEnvironment extends Library {
    /** 0 if it went well. */
    int _putenv_s(String name, String value);
  }

  /** Forbids it in this process, whatever the variable is; to be called before ONNX Runtime is. */
  static void forbid() {
    try {
      int failed =
          Platform.isWindows()
              ? Native.load("ucrtbase", WindowsEnvironment.class)._putenv_s(VARIABLE, "1")
              : Native.load(Platform.C_LIBRARY_NAME, Environment.class).setenv(VARIABLE, "1", 1);
      if (failed != 0) {
        log.warn("{} could not be set; ONNX Runtime may report its use", VARIABLE);
      }
    } catch (UnsatisfiedLinkError e) {
      log.warn("{} could not be set; ONNX Runtime may report its use: {}", VARIABLE, e.toString());
    }
  }
}
