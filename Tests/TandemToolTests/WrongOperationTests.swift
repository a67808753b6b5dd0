import Foundation
import Testing

/// The built tool with a oneDNN that computes wrong numbers: a library that is loaded before it and
/// spoils the first value of each output.
@Suite struct WrongOperationTests {
  private static let source = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    typedef struct { int kind; void *memory; } argument;
    enum { destination = 17 };
    int dnnl_memory_get_data_handle(const void *memory, void **pointer);
    int dnnl_primitive_execute(
        const void *primitive, void *stream, int count, const argument *arguments) {
      int (*real)(const void *, void *, int, const argument *) =
          (int (*)(const void *, void *, int, const argument *))
              dlsym(RTLD_NEXT, "dnnl_primitive_execute");
      int status = real(primitive, stream, count, arguments);
      for (int i = 0; i < count; i++) {
        float *values = 0;
        if (arguments[i].kind != destination) continue;
        if (dnnl_memory_get_data_handle(arguments[i].memory, (void **)&values) == 0 && values)
          values[0] = -values[0] - 1;
      }
      return status;
    }
    """

  private static let compiler = ["clang", "cc", "gcc"].lazy.compactMap { name in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }.first

  /// Runs the tool with the wrong oneDNN.
  private func run(_ line: String, in folder: TemporaryFolder) throws -> ToolRun {
    let library = folder.path("wrong.so")
    if !FileManager.default.fileExists(atPath: library) {
      try folder.write(Array(Self.source.utf8), to: "wrong.c")
      let compilation = Process()
      compilation.executableURL = URL(filePath: try #require(Self.compiler))
      compilation.arguments = ["-shared", "-fPIC", "-O1", "-o", library, folder.path("wrong.c")]
      try compilation.run()
      compilation.waitUntilExit()
      try #require(compilation.terminationStatus == 0, "the wrong library does not compile")
    }
    return try ToolRun(
      line.split(separator: " ").map(String.init),
      shell: "export LD_PRELOAD=\(library); exec \"$@\"", in: folder.url)
  }

  @Test(.enabled(if: compiler != nil, "there is no C compiler here"))
  func nothingIsComputedByWrongOperations() throws {
    let folder = try TemporaryFolder()
    try ToolRun(
      "train --model mnist-cnn --data shapes:60,28 --epochs 1 --output \(folder.path("run"))"
    ).expectSuccess()
    let weights = folder.path("run")
    for line in [
      "train --model mnist-cnn --data shapes:60,28 --epochs 1 --output \(folder.path("other"))",
      "evaluate --weights \(weights) --data shapes:60,28",
      "bench --model mnist-cnn --forward-only --steps 1", "gradcheck mnist-cnn",
    ] {
      let refused = try run(line, in: folder)
      #expect(refused.exitCode == 1, "\(line)")
      #expect(
        refused.standardError.contains("computes wrong numbers on"), "\(refused.standardError)")
      #expect(refused.standardError.contains("values wrong"), "\(refused.standardError)")
    }
  }

  /// Their weights do not depend on oneDNN at all.
  @Test(
    .enabled(if: compiler != nil, "there is no C compiler here"),
    arguments: ["lenet", "simple-convnet", "mlp"])
  func networksOfOwnKernelsTrainAllTheSame(name: String) throws {
    let folder = try TemporaryFolder()
    let line = "train --model \(name) --data shapes:320,32 --epochs 1 --output "
    try ToolRun(line + folder.path("right")).expectSuccess()
    try run(line + folder.path("wrong"), in: folder).expectSuccess()
    let weights = try ["right", "wrong"].map {
      try Data(
        contentsOf: folder.url.appending(path: "\($0)/checkpoint-last/model.safetensors"))
    }
    #expect(weights[0] == weights[1])
  }

  @Test(.enabled(if: compiler != nil, "there is no C compiler here"))
  func doctorNamesWrongOperations() throws {
    let doctor = try run("doctor", in: TemporaryFolder())
    doctor.expectSuccess()
    #expect(doctor.standardOutput.contains("wrong: "), "\(doctor.standardOutput)")
  }

  @Test func doctorFindsThisMachineRight() throws {
    let doctor = try ToolRun("doctor")
    doctor.expectSuccess()
    #expect(
      doctor.standardOutput.contains("kinds compared with plain loops, all right"),
      "\(doctor.standardOutput)")
  }
}
