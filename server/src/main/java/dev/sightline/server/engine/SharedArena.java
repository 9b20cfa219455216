package dev.sightline.server.engine;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.ptr.PointerByReference;

/**
 * One arena for what passes compute with, in place of one a session. A session keeps the most that
 * its passes ever needed, so with an arena of its own every further layer that is open, and idle,
 * holds as much; with a common one only passes that run at the same time add up.
 *
 * <p>ONNX Runtime has this, but not in Java: it is called through its C interface, a table of
 * functions whose order is promised never to change. The arena keeps what it has grown to until the
 * process ends.
 */
final class SharedArena {
  /** A session with this entry set to 1 uses the arena, if there is one. */
  static final String CONFIG_ENTRY = "session.use_env_allocators";

  /** The version of the table that first had all of what is used here. */
  private static final int VERSION = 8;

  private static final int GET_ERROR_MESSAGE = 2;
  private static final int CREATE_ENV = 3;
  private static final int CREATE_CPU_MEMORY_INFO = 69;
  private static final int RELEASE_MEMORY_INFO = 94;
  private static final int CREATE_AND_REGISTER_ALLOCATOR = 144;

  private static final int WARNINGS = 2;
  private static final int ARENA = 1;
  private static final int DEFAULT_MEMORY = 0;

  private final Pointer table;

  private SharedArena(Pointer table) {
    this.table = table;
  }

  /**
   * Creates it, once a process and after the environment.
   *
   * @throws EngineException if ONNX Runtime refuses
   * @throws UnsatisfiedLinkError if its library is not where it is expected
   */
  static void create() {
    // By its own name, under which the Java binding has loaded it already.
    NativeLibrary library = NativeLibrary.getInstance("libonnxruntime.so.1");
    Pointer base = library.getFunction("OrtGetApiBase").invokePointer(new Object[0]);
    Pointer table = Function.getFunction(base.getPointer(0)).invokePointer(new Object[] {VERSION});
    if (table == null) {
      throw new EngineException("ONNX Runtime has no C interface of version " + VERSION);
    }
    new SharedArena(table).register();
  }

  private void register() {
    // There is only one environment: this is it, held once more and for good.
    PointerByReference environment = new PointerByReference();
    call(CREATE_ENV, WARNINGS, "sightline", environment);
    PointerByReference memory = new PointerByReference();
    call(CREATE_CPU_MEMORY_INFO, ARENA, DEFAULT_MEMORY, memory);
    call(CREATE_AND_REGISTER_ALLOCATOR, environment.getValue(), memory.getValue(), Pointer.NULL);
    function(RELEASE_MEMORY_INFO).invokeVoid(new Object[] {memory.getValue()});
  }

  private void call(int index, Object... arguments) {
    Pointer status = function(index).invokePointer(arguments);
    if (status != null) {
      Object[] failed = {status};
      throw new EngineException(function(GET_ERROR_MESSAGE).invokeString(failed, false));
    }
  }

  private Function function(int index) {
    return Function.getFunction(table.getPointer((long) index * Long.BYTES));
  }
}
